//! A place on Earth: on the wire, and as people write it.
//!
//! Reads decimal degrees and degrees with minutes and seconds, in whole numbers throughout, so
//! that what was read is what is sent. Spec: form.md.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

mod read;

/// Millionths of a degree.
const DEGREE: u32 = 1_000_000;
const LATITUDE_SHIFT: u32 = 90 * DEGREE;
const LONGITUDE_SHIFT: u32 = 180 * DEGREE;

/// Latitude and longitude in millionths of a degree, shifted to be positive. `Debug` shows neither.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Latitude plus 90 degrees: 0 to 180,000,000.
    pub latitude: u32,
    /// Longitude plus 180 degrees: 0 to 360,000,000.
    pub longitude: u32,
}

/// Why a text is no place. Whoever typed it is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoordinatesError {
    /// Something that belongs to no coordinates.
    #[error("no coordinates; write 52.52, 13.405 or 52°31'12\"N 13°24'18\"E")]
    Shape,
    /// Minutes or seconds of 60 or more.
    #[error("minutes and seconds are below 60")]
    Sixty,
    /// Beyond a pole, or more than half around the Earth.
    #[error("latitude is at most 90 degrees, longitude at most 180")]
    Range,
}

impl Position {
    /// Whether latitude and longitude are within their limits.
    #[must_use]
    pub const fn is_on_earth(&self) -> bool {
        self.latitude <= 2 * LATITUDE_SHIFT && self.longitude <= 2 * LONGITUDE_SHIFT
    }

    /// In decimal degrees with six places, such as `52.520000, 13.405000`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let degrees = |(is_negative, size): (bool, u32)| {
            let sign = if is_negative { "-" } else { "" };
            format!("{sign}{}.{:06}", size / DEGREE, size % DEGREE)
        };
        let latitude = degrees(unshifted(self.latitude, LATITUDE_SHIFT));
        let longitude = degrees(unshifted(self.longitude, LONGITUDE_SHIFT));
        format!("{latitude}, {longitude}")
    }

    /// In degrees, minutes and seconds, such as `52°31'12"N 13°24'18"E`.
    #[must_use]
    pub fn sexagesimal(&self) -> String {
        let half = |(is_negative, size): (bool, u32), plus, minus| {
            // Thousandths of a second, 3.6 to a millionth of a degree.
            let thousandths = (u64::from(size) * 36 + 5) / 10;
            let (seconds, rest) = (thousandths / 1000, thousandths % 1000);
            let (degrees, minutes) = (seconds / 3600, seconds / 60 % 60);
            let fraction = match rest {
                0 => String::new(),
                _ => format!(".{rest:03}"),
            };
            let side = if is_negative { minus } else { plus };
            format!(
                "{degrees}°{minutes:02}'{:02}{fraction}\"{side}",
                seconds % 60
            )
        };
        let latitude = half(unshifted(self.latitude, LATITUDE_SHIFT), 'N', 'S');
        let longitude = half(unshifted(self.longitude, LONGITUDE_SHIFT), 'E', 'W');
        format!("{latitude} {longitude}")
    }
}

/// Whether a shifted number stands for a negative one, and its size.
const fn unshifted(shifted: u32, shift: u32) -> (bool, u32) {
    (shifted < shift, shifted.abs_diff(shift))
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Position(…)")
    }
}

impl FromStr for Position {
    type Err = CoordinatesError;

    fn from_str(text: &str) -> Result<Self, CoordinatesError> {
        read::position(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i64, longitude: i64) -> Position {
        Position {
            latitude: u32::try_from(latitude + 90_000_000).unwrap(),
            longitude: u32::try_from(longitude + 180_000_000).unwrap(),
        }
    }

    #[test]
    fn coordinates_are_read_as_people_write_them() {
        let berlin = at(52_520_000, 13_405_000);
        for text in [
            "52.52, 13.405",
            "52.52,13.405",
            "+52.52 +13.405",
            "52,52 13,405",
            "52,52; 13,405",
            "52.52N 13.405E",
            "13.405 E, 52.52 N",
            "N52.52 E13.405",
            "52°31'12\"N 13°24'18\"E",
            "52° 31′ 12″ N, 13° 24′ 18″ E",
            "52°31'12''N 13°24'18''E",
            "N52 31.2 E013 24.3",
            "52 31 12, 13 24 18",
            " 52 31.2 N / 13 24.3 e ",
            "geo:52.52,13.405",
        ] {
            assert_eq!(text.parse(), Ok(berlin), "{text}");
        }
        assert_eq!(
            "-33.8568, 151.2153".parse(),
            Ok(at(-33_856_800, 151_215_300))
        );
        assert_eq!("33°51'24.48\"S 0 0 1 W".parse(), Ok(at(-33_856_800, -278)));
        assert_eq!("-0.5, -0.0000005".parse(), Ok(at(-500_000, -1)));
        assert_eq!("90, -180".parse(), Ok(at(90_000_000, -180_000_000)));
        assert_eq!("52,13".parse(), Ok(at(52_000_000, 13_000_000)));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        use CoordinatesError::{Range, Shape, Sixty};
        for (text, error) in [
            ("", Shape),
            ("52.52", Shape),
            ("52.52 13.405 7", Shape),
            ("52.52N 13.405N", Shape),
            ("-52.52N 13.405E", Shape),
            ("52 -31 12, 13 24 18", Shape),
            ("52.5 31 12, 13 24 18", Shape),
            ("52,5,13,4", Shape),
            ("52,52,13,405", Shape),
            ("52.52.1 13", Shape),
            ("52.52, 13.405 Berlin", Shape),
            ("52..52 13", Shape),
            ("52. .5", Shape),
            ("1 2 3 4 5 6 7 8", Shape),
            ("52 60 0, 13 24 18", Sixty),
            ("52 31 60, 13 24 18", Sixty),
            ("90.000001, 0", Range),
            ("0, 180.000001", Range),
            ("99999999999999999999, 0", Range),
        ] {
            assert_eq!(text.parse::<Position>(), Err(error), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_as_the_same_place() {
        assert_eq!(at(52_520_000, 13_405_000).decimal(), "52.520000, 13.405000");
        assert_eq!(at(-1, 0).decimal(), "-0.000001, 0.000000");
        let berlin = at(52_520_000, 13_405_000).sexagesimal();
        assert_eq!(berlin, "52°31'12\"N 13°24'18\"E");
        for latitude in [-90_000_000, -33_856_799, -1, 0, 7, 59_999_999, 90_000_000] {
            for longitude in [-180_000_000, -123_456_789, 3, 179_999_999, 180_000_000] {
                let place = at(latitude, longitude);
                assert_eq!(place.decimal().parse(), Ok(place));
                assert_eq!(place.sexagesimal().parse(), Ok(place));
            }
        }
    }
}
