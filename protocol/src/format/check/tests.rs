//! Every vector of the standards, good and with one character wrong.

use super::*;

fn fine(check: Check, texts: &[&str]) {
    for text in texts {
        assert_eq!(check.judge(text), Verdict::Fine, "{check} {text}");
    }
}

fn refused(check: Check, texts: &[&str]) {
    for text in texts {
        let verdict = check.judge(text);
        assert!(
            matches!(verdict, Verdict::Refused(_)),
            "{check} {text} {verdict:?}"
        );
    }
}

/// Whatever check digit is wrong, the reason names the one that is right.
fn digit(check: Check, text: &str, place: usize, right: char) {
    let reason = Reason::Digit { place, right };
    assert_eq!(
        check.judge(text),
        Verdict::Refused(reason),
        "{check} {text}"
    );
}

/// Replacing a character by the next one of its kind.
fn with_next(text: &str, at: usize) -> String {
    let characters = text.chars().enumerate();
    let next = |character| match character {
        '9' => '0',
        'Z' => 'A',
        '<' => '<',
        '\n' => '\n',
        _ => char::from_u32(u32::from(character) + 1).unwrap(),
    };
    characters
        .map(|(place, c)| if place == at { next(c) } else { c })
        .collect()
}

#[test]
fn every_single_wrong_digit_is_found() {
    for (check, texts) in [
        (Check::Imo, &["9074729", "9241061", "9319466"][..]),
        (
            Check::Iban,
            &[
                "GB82WEST12345698765432",
                "DE89370400440532013000",
                "FR1420041010050500013M02606",
            ],
        ),
        (Check::Imei, &["490154203237518", "356938035643809"]),
        (Check::Container, &["CSQU3054383", "MSKU6011672"]),
        (
            Check::Lei,
            &["5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55"],
        ),
        (Check::Iccid, &["8944500102198304826"]),
    ] {
        fine(check, texts);
        for text in texts {
            for at in 0..text.len() {
                refused(check, &[&with_next(text, at)]);
            }
        }
    }
}

#[test]
fn the_right_check_digit_is_named() {
    digit(Check::Imo, "9074728", 7, '9');
    digit(Check::Imei, "490154203237517", 15, '8');
    digit(Check::Container, "CSQU3054384", 11, '3');
    let digits = |check: Check, text, place, right| {
        let reason = Reason::Digits { place, right };
        assert_eq!(check.judge(text), Verdict::Refused(reason), "{text}");
    };
    digits(Check::Iban, "DE88370400440532013000", 3, 89);
    digits(Check::Iban, "GB00WEST12345698765432", 3, 82);
    digits(Check::Lei, "5493001KJTIIGC8Y1R13", 19, 12);
    let reason = Reason::Digits { place: 3, right: 7 };
    let shown = reason.to_string();
    assert_eq!(shown, "check digits 07 would be right at character 3");
}

#[test]
fn a_vin_of_another_part_of_the_world_is_only_warned_of() {
    fine(
        Check::Vin,
        &[
            "1M8GDM9AXKP042788",
            "5GZCZ43D13S812715",
            "11111111111111111",
        ],
    );
    let reason = |text: &str| match Check::Vin.judge(text) {
        Verdict::Warns(Reason::Digit { place: 9, right }) => right,
        verdict => panic!("{text} {verdict:?}"),
    };
    assert_eq!(reason("1M8GDM9A1KP042788"), 'X');
    assert_eq!(reason("11111111211111111"), '1');
    assert_ne!(reason("WVWZZZ1JZXW000001"), 'Z');
    refused(
        Check::Vin,
        &[
            "1M8GDM9AXKP04278",
            "1M8GDM9AXKP0427888",
            "IM8GDM9AXKP042788",
            "1M8GDM9AXKPO42788",
            "1M8GDM9AXKPQ42788",
            "1m8GDM9AXKP042788",
            "1M8GDM9AX KP04278",
            "",
        ],
    );
}

const PASSPORT: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n\
                        L898902C36UTO7408122F1204159ZE184226B<<<<<10";
const CARD_OF_TWO: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n\
                           D231458907UTO7408122F1204159<<<<<<<6";
const CARD_OF_THREE: &str = "I<UTOD231458907<<<<<<<<<<<<<<<\n\
                             7408122F1204159UTO<<<<<<<<<<<6\n\
                             ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
/// A number of 12 characters, D23145890734: its check digit 9 follows in the optional data.
const LONG_NUMBER: &str = "I<UTOD23145890<7349<<<<<<<<<<<\n\
                           3407127M9507122UTO<<<<<<<<<<<2\n\
                           STEVENSON<<PETER<JOHN<<<<<<<<<";
const VISA: &str = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n\
                    L8988901C4UTO4009078F96121096ZE184226B<<<<<<";

#[test]
fn machine_readable_zones_are_judged_by_every_digit() {
    for zone in [PASSPORT, CARD_OF_TWO, CARD_OF_THREE, LONG_NUMBER, VISA] {
        fine(Check::Mrz, &[zone]);
    }
    // Every check digit, and a digit that it is over.
    for (zone, line, places) in [
        (PASSPORT, 2, &[10, 20, 28, 43, 44][..]),
        (CARD_OF_TWO, 2, &[10, 20, 28, 36]),
        (CARD_OF_THREE, 1, &[15]),
        (CARD_OF_THREE, 2, &[7, 15, 30]),
        (LONG_NUMBER, 1, &[19]),
        (VISA, 2, &[10, 20, 28]),
    ] {
        let length = zone.find('\n').unwrap() + 1;
        for place in places {
            let at = (line - 1) * length + place - 1;
            let right = zone.chars().nth(at).unwrap();
            let reason = Reason::LineDigit {
                line,
                place: *place,
                right,
            };
            let wrong = with_next(zone, at);
            assert_eq!(
                Check::Mrz.judge(&wrong),
                Verdict::Refused(reason),
                "{wrong}"
            );
        }
        refused(Check::Mrz, &[&with_next(zone, length + 3)]);
    }
}

#[test]
fn check_digits_of_document_9303_are_as_printed() {
    for (field, digit) in [
        ("L898902C3", '6'),
        ("690806", '1'),
        ("940623", '6'),
        ("ZE184226B<<<<<", '1'),
        ("D23145890", '7'),
        ("740812", '2'),
        ("120415", '9'),
    ] {
        assert_eq!(mrz::right_digit(field), digit, "{field}");
    }
    // The composite one of the passport of 1969.
    fine(
        Check::Mrz,
        &["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n\
           L898902C<3UTO6908061F9406236ZE184226B<<<<<14"],
    );
}

#[test]
fn zones_of_other_shapes_are_refused() {
    let without_last: String = PASSPORT.chars().take(88).collect();
    for zone in [
        "",
        &without_last,
        &PASSPORT.replace('\n', ""),
        &PASSPORT.replace('\n', "\r\n"),
        &PASSPORT.to_lowercase(),
        &PASSPORT.replace("ANNA", "ÄNNA"),
        &format!("{PASSPORT}\n"),
        &CARD_OF_THREE.replace("<<<<6", "<<<<<"),
    ] {
        refused(Check::Mrz, &[zone]);
    }
    // A passport without a personal number may have a filler for its digit.
    let (head, tail) = PASSPORT.split_at(45 + 28);
    let number = tail.len();
    assert_eq!(number, 16);
    let filled = |digit: char| format!("{head}<<<<<<<<<<<<<<{digit}");
    let composite = |zone: String| {
        let over = |from: usize, to: usize| zone[45 + from..45 + to].to_owned();
        let digit = mrz::right_digit(&[over(0, 10), over(13, 20), over(21, 43)].concat());
        format!("{zone}{digit}")
    };
    fine(
        Check::Mrz,
        &[&composite(filled('<')), &composite(filled('0'))],
    );
    refused(Check::Mrz, &[&composite(filled('1'))]);
}

#[test]
fn texts_of_a_shape_are_judged_by_it() {
    fine(Check::Mmsi, &["211331640", "002320001"]);
    refused(
        Check::Mmsi,
        &["21133164", "2113316400", "21133164A", "211 31640"],
    );
    fine(Check::Icao24, &["3c6444", "A0B1C2"]);
    refused(Check::Icao24, &["3c644", "3c64444", "3c644g"]);
    fine(
        Check::Phone,
        &["+4930901820", "+1234567", "+123456789012345"],
    );
    refused(
        Check::Phone,
        &[
            "4930901820",
            "+123456",
            "+1234567890123456",
            "+49 30901820",
            "+49309O1820",
        ],
    );
    fine(Check::Bic, &["DEUTDEFF", "DEUTDEFF500"]);
    refused(
        Check::Bic,
        &[
            "DEUTDEF",
            "DEUTDEFF5",
            "DEUT1EFF",
            "deutdeff",
            "DEUTDEFF50-",
        ],
    );
    fine(Check::Locode, &["DEHAM", "USNY2"]);
    refused(
        Check::Locode,
        &["DEHA", "DE HAM", "D3HAM", "DEHA1", "DEHA0", "deham"],
    );
    fine(
        Check::Decimal,
        &["0", "-12.5", "00.10", "12345678901234567890"],
    );
    refused(
        Check::Decimal,
        &[
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            "+1",
            "1e3",
            "--1",
            "1.2.3",
            "123456789012345678901",
            "٣",
        ],
    );
    let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    fine(Check::Sha1, &[digest, &digest.to_uppercase()]);
    refused(
        Check::Sha1,
        &[
            &digest[1..],
            &format!("{digest}0"),
            &digest.replace('d', "g"),
        ],
    );
}

#[test]
fn dates_are_days_that_there_are() {
    fine(
        Check::Date,
        &[
            "1969",
            "1969-08",
            "1969-08-06",
            "2024-02-29",
            "2000-02-29",
            "2026-12-31",
        ],
    );
    refused(
        Check::Date,
        &[
            "",
            "69",
            "19690806",
            "1969-13",
            "1969-00",
            "1969-8",
            "1969-08-32",
            "1969-08-00",
            "2023-02-29",
            "1900-02-29",
            "2026-04-31",
            "1969-08-06T00",
            "06.08.1969",
            "1969-08-06-",
        ],
    );
}

#[test]
fn language_tags_are_well_formed() {
    fine(
        Check::Language,
        &[
            "en",
            "ar",
            "fr-CA",
            "pt-BR",
            "zh-Hant-TW",
            "sr-Latn-RS",
            "sl-rozaj-biske",
            "de-1996",
            "es-419",
            "zh-yue-HK",
            "hy-Latn-IT-arevela",
            "de-DE-u-co-phonebk",
            "x-whatever",
            "en-x-us",
            "i-klingon",
            "sgn-BE-FR",
            "en-GB-oed",
            "qaa-Qaaa-QM-x-southern",
            "deutsche",
        ],
    );
    refused(
        Check::Language,
        &[
            "",
            "e",
            "en_US",
            "en-",
            "-en",
            "en--US",
            "en-US-US",
            "de-419-DE",
            "a-DE",
            "en-u",
            "en-x",
            "x",
            "toolonglanguage",
            "en-toolongvariant",
            "12",
            "zh-yue-abc-def-ghi",
            "ar ",
        ],
    );
}

#[test]
fn recurrence_rules_keep_to_five_parts() {
    fine(
        Check::Rrule,
        &[
            "FREQ=DAILY",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=TU",
            "FREQ=MONTHLY;BYDAY=1MO,-1FR",
            "FREQ=YEARLY;BYDAY=+53SU",
            "FREQ=DAILY;UNTIL=20261224",
            "UNTIL=20261224T235960Z;FREQ=DAILY",
        ],
    );
    refused(
        Check::Rrule,
        &[
            "",
            "DAILY",
            "FREQ=daily",
            "FREQ=FORTNIGHTLY",
            "INTERVAL=2",
            "FREQ=DAILY;",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=DAILY;COUNT=3;UNTIL=20261224",
            "FREQ=DAILY;UNTIL=20260230",
            "FREQ=DAILY;UNTIL=20261224T2400",
            "FREQ=DAILY;UNTIL=20261224T240000Z",
            "FREQ=DAILY;BYMONTH=1",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=MONTHLY;BYDAY=0MO",
            "FREQ=MONTHLY;BYDAY=54MO",
            "FREQ=WEEKLY;BYDAY=MX",
            "FREQ=WEEKLY;BYDAY=",
            "RRULE:FREQ=DAILY",
        ],
    );
}

#[test]
fn typed_texts_become_those_that_are_written() {
    for (check, typed, written) in [
        (Check::Imo, "IMO 9074729", "9074729"),
        (Check::Imo, "imo:9074729", "9074729"),
        (
            Check::Iban,
            "de89 3704 0044 0532 0130 00",
            "DE89370400440532013000",
        ),
        (Check::Imei, "49-015420-323751-8", "490154203237518"),
        (Check::Container, "csqu 305438 3", "CSQU3054383"),
        (Check::Lei, "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
        (Check::Vin, "1m8gdm9a-xkp042788", "1M8GDM9AXKP042788"),
        (Check::Phone, "0049 (0)30 / 90-18.20", "+4930901820"),
        (Check::Locode, "de ham", "DEHAM"),
        (Check::Date, " 2026-11-21\n", "2026-11-21"),
        (Check::Icao24, "3C6444", "3c6444"),
    ] {
        assert_eq!(check.normalise(typed), written, "{typed}");
        assert_eq!(check.normalise(written), written, "{typed}");
    }
    assert_eq!(normalise_plate("b-ab 1234"), "BAB1234");
    let pasted = PASSPORT.replace('\n', " \r\n\r\n").to_lowercase();
    assert_eq!(Check::Mrz.normalise(&pasted), PASSPORT);
    assert_eq!(
        Check::Mrz.normalise(&CARD_OF_THREE.replace('\n', "")),
        CARD_OF_THREE
    );
}

#[test]
fn words_of_checks_are_those_of_definitions() {
    #[derive(Deserialize)]
    struct Named {
        check: Check,
    }
    for check in Check::ALL {
        let named: Named = toml::from_str(&format!("check = \"{check}\"")).unwrap();
        assert_eq!(named.check, check);
    }
}

#[test]
fn no_text_brings_a_check_down() {
    for check in Check::ALL {
        for text in [
            "",
            "\0",
            "€",
            "🚢🚢🚢🚢🚢🚢🚢",
            "٠١٢٣٤٥٦",
            "-",
            "+",
            ";;",
            "T",
            &"9".repeat(5000),
        ] {
            let _ = check.judge(text);
            let _ = check.judge(&check.normalise(text));
        }
        for length in 0..100 {
            let _ = check.judge(&"é".repeat(length));
            let _ = check.judge(&"<".repeat(length));
        }
    }
}
