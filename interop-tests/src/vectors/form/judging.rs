//! Cases of `form-check` about single texts: what each check refuses, lets stand and warns of.

use super::{field, form, input, text};
use crate::vectors::case::Case;
use estafette_protocol::format::Check;
use std::fmt::Write;

/// Number of the format that has a field for each check.
const FORMAT: u16 = 1_025;

/// A format with one text for each check, numbered as in the table of `form.md`.
pub(super) fn definition() -> String {
    let mut toml = format!(
        "# One text for each check.\nformat = {FORMAT}\nversion = 1\nword = \"checks\"\n\
         form_bytes_max = 4096\nlabels = {{ en = \"Checks\" }}\n"
    );
    for (number, check) in (1..).zip(Check::ALL) {
        // Writing to a string does not fail.
        let _ = write!(
            toml,
            "\n[[field]]\nnumber = {number}\nword = \"{check}\"\ntype = \"text\"\ncheck = \"{check}\"\n"
        );
    }
    toml
}

/// A check, texts that it does not refuse, and texts that it does with what was changed in the
/// first of those.
type Row = (
    Check,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

pub(super) fn judging() -> Vec<Case> {
    let mut cases = Vec::new();
    for (check, good, bad) in ROWS {
        let number = (1..).zip(Check::ALL).find(|(_, of)| of == check);
        let number = number.map_or(0, |(number, _)| number);
        let given = |given: &str| input(&form(FORMAT, vec![field(number, text(given))]));
        let id = |at: usize| format!("text-{check}-{}", at + 1);
        for (at, good) in good.iter().enumerate() {
            cases.push(Case::valid(id(at), &["FRM-9"], given(good)));
        }
        for (at, (bad, mutation)) in bad.iter().enumerate() {
            let fault = ((id(0), *mutation), ("form", "FRM-9"));
            let ((base, mutation), verdict) = fault;
            let id = format!("text-{check}-bad-{}", at + 1);
            let case = Case::invalid(id, &["FRM-9"], (&base, mutation), verdict, given(bad));
            cases.push(case);
        }
    }
    cases
}

const ROWS: &[Row] = &[
    (
        Check::Mrz,
        &[
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C<3UTO6908061F9406236ZE184226B<<<<<14",
            "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
            "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<",
            "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4UTO4009078F96121096ZE184226B<<<<<<",
        ],
        &[
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C37UTO7408122F1204159ZE184226B<<<<<10",
                "check digit of the number one more",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408123F1204159ZE184226B<<<<<10",
                "check digit of birth one more",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204150ZE184226B<<<<<10",
                "check digit of expiry one more",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<20",
                "check digit of the personal number one more",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<11",
                "composite check digit one more",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nM898902C36UTO7408122F1204159ZE184226B<<<<<10",
                "first character of the number another letter",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
                "no line feed",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\r\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
                "a carriage return",
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<1",
                "one character less",
            ),
            (
                "p<utoeriksson<<anna<maria<<<<<<<<<<<<<<<<<<<\nl898902c36uto7408122f1204159ze184226b<<<<<10",
                "small letters",
            ),
            (
                "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<7",
                "a card of two lines with a wrong composite digit",
            ),
            (
                "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<7\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
                "a card of three lines with a wrong composite digit",
            ),
            (
                "I<UTOD23145890<7348<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<",
                "a long number with a wrong digit",
            ),
            (
                "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C5UTO4009078F96121096ZE184226B<<<<<<",
                "a visa with a wrong digit of the number",
            ),
        ],
    ),
    (
        Check::Imo,
        &["9074729", "9241061", "9319466"],
        &[
            ("9074728", "last digit one less"),
            ("9074829", "fifth digit one more"),
            ("907472", "one digit less"),
            ("90747290", "one digit more"),
            ("IMO9074729", "letters before it"),
        ],
    ),
    (
        Check::Iban,
        &[
            "GB82WEST12345698765432",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
        ],
        &[
            ("GB83WEST12345698765432", "check digits one more"),
            ("GB82WEST12345698765433", "last digit one more"),
            (
                "DE88370400440532013000",
                "another one with check digits one less",
            ),
            ("GB82 WEST 1234 5698 7654 32", "spaces"),
            ("gb82west12345698765432", "small letters"),
            ("GB82WEST123456", "14 characters"),
        ],
    ),
    (
        Check::Imei,
        &["490154203237518", "356938035643809"],
        &[
            ("490154203237517", "last digit one less"),
            ("491054203237518", "third and fourth digit swapped"),
            ("49015420323751", "one digit less"),
        ],
    ),
    (
        Check::Iccid,
        &["8944500102198304826", "89445001021983048261"],
        &[
            ("8944500102198304827", "last digit one more"),
            ("894450010219830482", "one digit less"),
            ("894450010219830482610", "21 digits"),
        ],
    ),
    (
        Check::Container,
        &["CSQU3054383", "MSKU6011672"],
        &[
            ("CSQU3054384", "last digit one more"),
            ("CSQV3054383", "fourth letter the next"),
            ("CSQU 305438 3", "spaces"),
            ("CSQ13054383", "a digit for a letter"),
        ],
    ),
    (
        Check::Lei,
        &["5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55"],
        &[
            ("5493001KJTIIGC8Y1R13", "last digit one more"),
            ("5493001KJTIIGC8Y2R12", "a digit one more"),
            ("5493001KJTIIGC8Y1R1", "one character less"),
        ],
    ),
    (
        Check::Vin,
        &[
            "1M8GDM9AXKP042788",
            "5GZCZ43D13S812715",
            "11111111111111111",
            "WVWZZZ1JZXW000001",
        ],
        &[
            ("1M8GDM9AXKP04278", "one character less"),
            ("IM8GDM9AXKP042788", "an I"),
            ("1M8GDM9AXKPO42788", "an O"),
            ("1M8GDM9AXKPQ42788", "a Q"),
        ],
    ),
    (
        Check::Mmsi,
        &["211331640"],
        &[("21133164", "one digit less"), ("21133164A", "a letter")],
    ),
    (
        Check::Icao24,
        &["3c6444", "A0B1C2"],
        &[("3c644", "one digit less"), ("3c644g", "a g")],
    ),
    (
        Check::Phone,
        &["+4930901820", "+1234567", "+123456789012345"],
        &[
            ("4930901820", "no plus"),
            ("+123456", "six digits"),
            ("+1234567890123456", "16 digits"),
            ("+49 30 901820", "spaces"),
        ],
    ),
    (
        Check::Bic,
        &["DEUTDEFF", "DEUTDEFF500"],
        &[
            ("DEUTDEF", "seven characters"),
            ("DEUTDEFF5", "nine characters"),
            ("DEUT1EFF", "a digit in the country"),
        ],
    ),
    (
        Check::Locode,
        &["DEHAM", "USNY2"],
        &[
            ("DE HAM", "a space"),
            ("D3HAM", "a digit in the country"),
            ("DEHA1", "a 1"),
        ],
    ),
    (
        Check::Date,
        &["1969", "1969-08", "1969-08-06", "2024-02-29", "2000-02-29"],
        &[
            ("69", "two digits"),
            ("1969-13", "month 13"),
            ("1969-00", "month 0"),
            ("2023-02-29", "29 February of no leap year"),
            ("1900-02-29", "29 February of 1900"),
            ("2026-04-31", "31 April"),
            ("19690806", "no hyphens"),
        ],
    ),
    (
        Check::Decimal,
        &["0", "-12.5", "00.10", "12345678901234567890"],
        &[
            ("-", "no digit"),
            (".5", "no digit before the point"),
            ("5.", "no digit after the point"),
            ("1,5", "a comma"),
            ("+1", "a plus"),
            ("1e3", "an exponent"),
            ("123456789012345678901", "21 characters"),
        ],
    ),
    (
        Check::Language,
        &[
            "en",
            "fr-CA",
            "zh-Hant-TW",
            "sl-rozaj-biske",
            "de-1996",
            "es-419",
            "zh-yue-HK",
            "de-DE-u-co-phonebk",
            "en-x-us",
            "x-whatever",
            "i-klingon",
            "en-GB-oed",
        ],
        &[
            ("e", "one letter"),
            ("en_US", "an underscore"),
            ("en-", "an empty subtag"),
            ("en-US-US", "two regions"),
            ("en-u", "an extension of nothing"),
            ("en-x", "a private use of nothing"),
            ("toolonglanguage", "more than eight letters"),
        ],
    ),
    (
        Check::Rrule,
        &[
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,WE",
            "FREQ=MONTHLY;BYDAY=1MO,-1FR",
            "FREQ=DAILY;UNTIL=20261224",
            "FREQ=DAILY;UNTIL=20261224T235959Z",
        ],
        &[
            ("INTERVAL=2", "no frequency"),
            ("FREQ=FORTNIGHTLY", "no such frequency"),
            ("FREQ=daily", "small letters"),
            ("FREQ=DAILY;FREQ=DAILY", "a part twice"),
            ("FREQ=DAILY;INTERVAL=0", "an interval of 0"),
            ("FREQ=DAILY;COUNT=3;UNTIL=20261224", "both count and until"),
            ("FREQ=DAILY;UNTIL=20260230", "30 February"),
            ("FREQ=DAILY;BYMONTH=1", "another part"),
            ("FREQ=WEEKLY;BYDAY=1MO", "a numbered weekday of a week"),
            ("FREQ=WEEKLY;BYDAY=MX", "no such weekday"),
        ],
    ),
    (
        Check::Sha1,
        &["da39a3ee5e6b4b0d3255bfef95601890afd80709"],
        &[
            ("da39a3ee5e6b4b0d3255bfef95601890afd8070", "one digit less"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd8070g", "a g"),
        ],
    ),
];
