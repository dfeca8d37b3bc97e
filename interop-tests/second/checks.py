"""Chapter form, checks: texts that have a form of their own (FRM-9)."""

import datetime
import re

FINE, WARNED, REFUSED = "fine", "warned", "refused"


def judge(check, text):
    return CHECKS[check](text)


def verdict(holds):
    return FINE if holds else REFUSED


def shape(pattern):
    return lambda text: verdict(re.fullmatch(pattern, text, re.ASCII))


# Check digits


def values(text):
    """0 to 9, A as 10 to Z as 35, and the filler of a machine-readable zone as 0."""
    return [0 if character == "<" else int(character, 36) for character in text]


def ninth_weights(text):  # 7, 3, 1
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values(text))) % 10)


def mrz(text):
    lines = text.split("\n")
    lengths = [len(line) for line in lines]
    if lengths not in ([44, 44], [36, 36], [30, 30, 30]):
        return REFUSED
    if not all(re.fullmatch("[A-Z0-9<]*", line) for line in lines):
        return REFUSED
    if lengths == [30, 30, 30]:
        return verdict(mrz_of_three(*lines[:2]))
    return verdict(mrz_of_two(lines[1], lengths[0], is_visa=text[0] == "V"))


def number_fits(number, digit, optional):
    """A number of nine characters, or a longer one that goes on in the optional data."""
    if digit != "<":
        return digit == ninth_weights(number)
    rest = optional.split("<")[0]
    return rest != "" and rest[-1] == ninth_weights(number + rest[:-1])


def mrz_of_two(line, length, is_visa):
    digits = [(line[13:19], line[19]), (line[21:27], line[27])]
    if is_visa or length == 44:
        digits.append((line[0:9], line[9]))
    elif not number_fits(line[0:9], line[9], line[28:35]):
        return False
    if length == 44 and not is_visa:
        optional, digit = line[28:42], line[42]
        if not (digit == "<" and optional.strip("<") == ""):
            digits.append((optional, digit))
    if not is_visa:
        digits.append((line[0:10] + line[13:20] + line[21 : length - 1], line[length - 1]))
    return all(ninth_weights(over) == digit for over, digit in digits)


def mrz_of_three(first, second):
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    digits = [(second[0:6], second[6]), (second[8:14], second[14]), (composite, second[29])]
    if not number_fits(first[5:14], first[14], first[15:30]):
        return False
    return all(ninth_weights(over) == digit for over, digit in digits)


def imo(text):
    if not re.fullmatch("[0-9]{7}", text):
        return REFUSED
    total = sum(int(digit) * weight for digit, weight in zip(text, range(7, 1, -1)))
    return verdict(total % 10 == int(text[6]))


def modulo_97(text):
    return int("".join(str(value) for value in values(text))) % 97


def iban(text):
    if not re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return REFUSED
    return verdict(modulo_97(text[4:] + text[:4]) == 1)


def lei(text):
    return verdict(re.fullmatch("[A-Z0-9]{18}[0-9]{2}", text) and modulo_97(text) == 1)


def luhn(*lengths):
    def judged(text):
        if len(text) not in lengths or not re.fullmatch("[0-9]+", text):
            return REFUSED
        digits = [int(digit) for digit in reversed(text)]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        return verdict((sum(digits[0::2]) + sum(doubled)) % 10 == 0)

    return judged


def container(text):
    if not re.fullmatch("[A-Z]{4}[0-9]{7}", text):
        return REFUSED
    letters = [value for value in range(10, 39) if value % 11]
    numbers = [value if value < 10 else letters[value - 10] for value in values(text[:10])]
    total = sum(number << at for at, number in enumerate(numbers))
    return verdict(total % 11 % 10 == int(text[10]))


def vin(text):
    if not re.fullmatch("[0-9A-HJ-NPR-Z]{17}", text):
        return REFUSED
    letters = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)]))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    numbers = [letters.get(character) or int(character) for character in text]
    remainder = sum(number * weight for number, weight in zip(numbers, weights)) % 11
    return FINE if text[8] == "0123456789X"[remainder] else WARNED


# Dates


def is_day(year, month, day):
    try:
        # The calendar repeats after 400 years; Python knows no year 0.
        datetime.date(2000 + int(year) % 400, int(month), int(day))
    except ValueError:
        return False
    return True


def date(text):
    if not re.fullmatch("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        return REFUSED
    year, month, day = [*text.split("-"), "01", "01"][:3]
    return verdict(is_day(year, month, day))


WEEKDAY = "([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)"
PARTS = {
    "FREQ": "SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": "0*[1-9][0-9]*",
    "COUNT": "0*[1-9][0-9]*",
    "UNTIL": "[0-9]{8}(T([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9]|60)Z?)?",
    "BYDAY": f"{WEEKDAY}(,{WEEKDAY})*",
}


def rrule(text):
    parts = [part.partition("=")[::2] for part in text.split(";")]
    given = dict(parts)
    if len(given) != len(parts) or "FREQ" not in given or {"COUNT", "UNTIL"} <= set(given):
        return REFUSED
    for name, value in parts:
        if name not in PARTS or not re.fullmatch(PARTS[name], value):
            return REFUSED
    until = given.get("UNTIL", "20000101")
    if not is_day(until[:4], until[4:6], until[6:8]):
        return REFUSED
    numbers = [int(number) for number in re.findall("[0-9]+", given.get("BYDAY", ""))]
    if numbers and given["FREQ"] not in ("MONTHLY", "YEARLY"):
        return REFUSED
    return verdict(all(1 <= number <= 53 for number in numbers))


# RFC 5646, section 2.1

IRREGULAR = """en-GB-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo
i-pwn i-tao i-tay i-tsu sgn-BE-FR sgn-BE-NL sgn-CH-DE""".lower().split()
PRIVATE = "x(-[a-z0-9]{1,8})+"
LANGUAGE = re.compile(
    "([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8})"
    "(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    f"(-[a-wy-z0-9](-[a-z0-9]{{2,8}})+)*(-{PRIVATE})?|{PRIVATE}"
)


def language(text):
    tag = text.lower()
    return verdict(text.isascii() and (tag in IRREGULAR or LANGUAGE.fullmatch(tag)))


def decimal(text):
    return verdict(len(text) <= 20 and re.fullmatch("-?[0-9]+([.][0-9]+)?", text))


CHECKS = {
    "mrz": mrz,
    "imo": imo,
    "iban": iban,
    "imei": luhn(15),
    "iccid": luhn(19, 20),
    "container": container,
    "lei": lei,
    "vin": vin,
    "mmsi": shape("[0-9]{9}"),
    "icao24": shape("[0-9A-Fa-f]{6}"),
    "phone": shape("[+][0-9]{7,15}"),
    "bic": shape("[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"),
    "locode": shape("[A-Z]{2}[A-Z2-9]{3}"),
    "date": date,
    "decimal": decimal,
    "language": language,
    "rrule": rrule,
    "sha-1": shape("[0-9A-Fa-f]{40}"),
}
