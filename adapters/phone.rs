//! Telephone numbers as vendors want them: a country calling code and the digits behind it. Pure.
use std::fmt;

/// Digits of a full international number at most (ITU-T E.164).
const DIGITS_MAX: usize = 15;

/// Digits behind the country code at least: what the smallest countries use.
const NATIONAL_DIGITS_MIN: usize = 4;

/// Digits behind the country code of North America, always (ITU-T E.164, North American Numbering Plan).
const NORTH_AMERICAN_DIGITS: usize = 10;

/// Country calling codes of two digits (ITU-T list of assigned codes). 1 and 7 are the codes of one digit.
const CODES_OF_TWO: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 \
    64 65 66 81 82 84 86 90 91 92 93 94 95 98";

/// Country calling codes of three digits.
const CODES_OF_THREE: &str = "211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 \
    237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 \
    266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 \
    379 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 \
    596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 \
    852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 \
    977 979 992 993 994 995 996 998";

/// Codes whose national numbers keep their leading zero when called from abroad.
const CODES_WITH_ZERO: &[u16] = &[39, 225, 241, 242, 378];

/// A full international number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The country calling code.
    pub country_code: u16,
    /// The digits behind it.
    pub national: String,
}

impl fmt::Display for Number {
    /// As in E.164, with a plus sign.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "+{}{}", self.country_code, self.national)
    }
}

/// Why a text is no telephone number that can be dialled from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has no `+`, and no country is given for such numbers.
    #[error("the number has no country code (+…), and no default country code is set")]
    NoCountry,
    /// It begins with the prefix for calls abroad, which differs by country.
    #[error("the number begins with 00; write + and the country code")]
    Prefix,
    /// No country has that code.
    #[error("the number begins with no country's code")]
    UnknownCountry,
    /// An extension, a parameter, letters.
    #[error("the number has more than digits and the signs between them (no letters, extensions or parameters)")]
    NotDigits,
    /// Too few or too many digits.
    #[error("the number is too short or too long for its country")]
    Length,
}

/// Reads E.164 (`+15551234567`), a `tel:` URI (RFC 3966) or a number as people write it (`+44 (0)20 7946-0000`).
/// Numbers without `+` are national ones of `default_country`, whose leading zero is dropped where the country does so.
///
/// # Errors
/// What is wrong with it. Nothing is guessed.
pub fn parse(text: &str, default_country: Option<u16>) -> Result<Number, Fault> {
    let text = text.trim();
    let text = match text.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
        _ => text,
    };
    let number = match text.strip_prefix('+') {
        Some(rest) => international(&digits(&rest.replacen("(0)", "", 1))?)?,
        None => national(&digits(text)?, default_country)?,
    };
    let national_digits = number.national.len();
    let too_long = number.to_string().len() - 1 > DIGITS_MAX;
    let american = number.country_code == 1 && national_digits != NORTH_AMERICAN_DIGITS;
    if too_long || american || national_digits < NATIONAL_DIGITS_MIN {
        return Err(Fault::Length);
    }
    Ok(number)
}

/// Whether a country has this calling code.
pub fn is_country_code(code: u16) -> bool {
    split(&code.to_string()).is_some_and(|(_, rest)| rest.is_empty())
}

/// The digits of a number, without the signs that people write between them.
fn digits(text: &str) -> Result<String, Fault> {
    let is_sign = |character: &char| matches!(character, ' ' | '\u{a0}' | '-' | '\u{2011}' | '.' | '/' | '(' | ')');
    let digits: String = text.chars().filter(|character| !is_sign(character)).collect();
    let only_digits = !digits.is_empty() && digits.chars().all(|character| character.is_ascii_digit());
    if only_digits { Ok(digits) } else { Err(Fault::NotDigits) }
}

fn international(digits: &str) -> Result<Number, Fault> {
    let (country_code, national) = split(digits).ok_or(Fault::UnknownCountry)?;
    Ok(Number {
        country_code,
        national: national.to_owned(),
    })
}

fn national(digits: &str, default_country: Option<u16>) -> Result<Number, Fault> {
    if digits.starts_with("00") {
        return Err(Fault::Prefix);
    }
    let country_code = default_country.ok_or(Fault::NoCountry)?;
    let keeps_zero = CODES_WITH_ZERO.contains(&country_code);
    let national = digits
        .strip_prefix('0')
        .filter(|_| !keeps_zero)
        .unwrap_or(digits)
        .to_owned();
    Ok(Number { country_code, national })
}

/// A country code and what follows it. No code begins another, so the first that fits is the one.
fn split(digits: &str) -> Option<(u16, &str)> {
    let length = match digits.as_bytes().first()? {
        b'1' | b'7' => 1,
        _ if listed(CODES_OF_TWO, digits.get(..2)?) => 2,
        _ if listed(CODES_OF_THREE, digits.get(..3)?) => 3,
        _ => return None,
    };
    let (code, rest) = digits.split_at(length);
    Some((code.parse().ok()?, rest))
}

fn listed(codes: &str, code: &str) -> bool {
    codes.split_ascii_whitespace().any(|listed| listed == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_or_refused_but_never_guessed() {
        let national = |text, country| (text, Some(country));
        let full = |text| (text, None);
        for ((text, country), expected) in [
            (full("+15551234567"), Ok((1, "5551234567"))),
            (full(" +1 (555) 123-4567 "), Ok((1, "5551234567"))),
            (full("+1.555.123.4567"), Ok((1, "5551234567"))),
            (full("tel:+1-555-123-4567"), Ok((1, "5551234567"))),
            (full("TEL:+49/30/123456"), Ok((49, "30123456"))),
            (full("+44 (0)20 7946 0000"), Ok((44, "2079460000"))),
            (full("+39 06 698 12345"), Ok((39, "0669812345"))),
            (full("+7 495 123-45-67"), Ok((7, "4951234567"))),
            (full("+420 234 567 890"), Ok((420, "234567890"))),
            (full("+1 242 322 1234"), Ok((1, "2423221234"))),
            (full("+290 8000"), Ok((290, "8000"))),
            (full("+\u{a0}49\u{2011}30 1234"), Ok((49, "301234"))),
            (full("+49 123456789012345"), Err(Fault::Length)),
            (full("+1 555 123 456"), Err(Fault::Length)),
            (full("+1 1555 123 4567"), Err(Fault::Length)),
            (full("+49 30"), Err(Fault::Length)),
            (full("+49"), Err(Fault::Length)),
            (full("+1"), Err(Fault::Length)),
            (full("+9"), Err(Fault::UnknownCountry)),
            (full("+99"), Err(Fault::UnknownCountry)),
            (full("+210 1234567"), Err(Fault::UnknownCountry)),
            (full("+0 1234567"), Err(Fault::UnknownCountry)),
            (full("555 123 4567"), Err(Fault::NoCountry)),
            (full("0049 30 123456"), Err(Fault::Prefix)),
            (national("0049 30 123456", 49), Err(Fault::Prefix)),
            (national("030 123456", 49), Ok((49, "30123456"))),
            (national("06 698 12345", 39), Ok((39, "0669812345"))),
            (national("(555) 123-4567", 1), Ok((1, "5551234567"))),
            (national("1 555 123 4567", 1), Err(Fault::Length)),
            (national("+49 30 123456", 1), Ok((49, "30123456"))),
            (national("tel:555-123-4567", 1), Ok((1, "5551234567"))),
            (full("+1 555 123 4567 ext. 12"), Err(Fault::NotDigits)),
            (full("tel:+1-555-123-4567;ext=12"), Err(Fault::NotDigits)),
            (full("tel:7042;phone-context=example.com"), Err(Fault::NotDigits)),
            (full("+1 800 FLOWERS"), Err(Fault::NotDigits)),
            (full("+1 ５５５ 123 4567"), Err(Fault::NotDigits)),
            (full("++15551234567"), Err(Fault::NotDigits)),
            (full("n/a"), Err(Fault::NotDigits)),
            (full("té:+1"), Err(Fault::NotDigits)),
            (full(""), Err(Fault::NotDigits)),
            (full("+"), Err(Fault::NotDigits)),
        ] {
            let read = parse(text, country);
            let read = read.map(|number| (number.country_code, number.national));
            let expected = expected.map(|(code, rest)| (code, rest.to_owned()));
            assert_eq!(read, expected, "{text} {country:?}");
        }
    }

    #[test]
    fn country_codes_are_those_of_countries() {
        for (code, expected) in [
            (1, true),
            (49, true),
            (420, true),
            (0, false),
            (10, false),
            (21, false),
            (999, false),
        ] {
            assert_eq!(is_country_code(code), expected, "{code}");
        }
    }
}
