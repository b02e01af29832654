//! Reads the text format of `core/vectors/`: cases of `key value` lines, separated by empty lines.

/// One case: its name, and the lines that follow in their order.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) lines: Vec<(&'a str, &'a str)>,
}

/// All cases of a file.
///
/// # Panics
/// When the file breaks the format: vectors are part of the program.
pub(crate) fn parse(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut is_inside = false;
    for line in text.split('\n') {
        assert!(!line.ends_with('\r'), "lines end in a line feed alone: {line:?}");
        if line.is_empty() {
            is_inside = false;
        } else if !line.starts_with('#') {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            if is_inside {
                cases.last_mut().expect("there is a case").lines.push((key, value));
            } else {
                assert_eq!(key, "case", "a case begins with its name: {line:?}");
                assert!(cases.iter().all(|case| case.name != value), "two cases are called {value}");
                cases.push(Case { name: value, lines: Vec::new() });
                is_inside = true;
            }
        }
    }
    cases
}

impl<'a> Case<'a> {
    /// The values of all lines with `key`.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |line| line.0 == key).map(|line| line.1)
    }

    /// The value of the only line with `key`, as it stands there.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a str> {
        let mut values = self.all(key);
        let value = values.next();
        assert!(values.next().is_none(), "{}: {key} stands there twice", self.name);
        value
    }

    /// The value of the only line with `key`, without its quotes and escapes.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.raw(key).map(unquote)
    }
}

/// The text that a quoted value stands for.
pub(crate) fn unquote(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inner = inner.unwrap_or_else(|| panic!("a text stands in double quotes: {value}"));
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'\\' { unescape(&mut rest, value) } else { byte });
    }
    String::from_utf8(bytes).unwrap_or_else(|_| panic!("a text is UTF-8: {value}"))
}

fn unescape(rest: &mut impl Iterator<Item = u8>, value: &str) -> u8 {
    match rest.next() {
        Some(byte @ (b'"' | b'\\')) => byte,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'x') => {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit().expect("a hexadecimal digit"), digit().expect("a hexadecimal digit"));
            u8::try_from(high * 16 + low).expect("two digits are a byte")
        }
        _ => panic!("an unknown escape: {value}"),
    }
}
