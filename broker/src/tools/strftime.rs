//! `@X`: the conversions of strftime(3), and `@N` for nanoseconds.

use jiff::Zoned;

/// What strftime gives for `%letter`; an unknown letter stands for itself.
pub(super) fn format(letter: char, now: &Zoned) -> String {
    if letter == 'N' {
        return format!("{:09}", now.subsec_nanosecond());
    }
    let conversion = format!("%{letter}");
    jiff::fmt::strtime::format(&conversion, now).unwrap_or(conversion)
}

#[cfg(test)]
mod tests {
    use super::format;
    use jiff::{Timestamp, tz::TimeZone};

    #[test]
    fn letters_are_those_of_strftime() {
        let now = Timestamp::new(1_600_000_000, 1).unwrap().to_zoned(TimeZone::UTC);
        let expected = [
            ('s', "1600000000"),
            ('N', "000000001"),
            ('Y', "2020"),
            ('M', "26"),
            ('A', "Sunday"),
            ('b', "Sep"),
            ('e', "13"),
            ('j', "257"),
            ('Z', "UTC"),
            ('z', "+0000"),
            ('T', "12:26:40"),
            ('F', "2020-09-13"),
            ('!', "%!"),
        ];
        for (letter, text) in expected {
            assert_eq!(format(letter, &now), text, "{letter}");
        }
    }
}
