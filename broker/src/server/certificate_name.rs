//! The common name in a certificate.

/// The common name of the subject of an X.509 certificate (DER). The certificate has been verified before.
pub(super) fn common_name(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    // version [0] is optional; then serial number, signature, issuer, validity, subject.
    if element(rest)?.0 == 0xA0 {
        rest = element(rest)?.2;
    }
    for _ in 0..4 {
        rest = element(rest)?.2;
    }
    let (_, mut names, _) = element(rest)?;
    while let Some((_, set, following)) = element(names) {
        let (_, attribute, _) = element(set)?;
        let (_, kind, value) = element(attribute)?;
        if kind == COMMON_NAME {
            return String::from_utf8(element(value)?.1.to_vec()).ok();
        }
        names = following;
    }
    None
}

/// The tag and the contents of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut len = usize::from(first);
    if first & 0x80 != 0 {
        let (digits, following) = rest.split_at_checked(usize::from(first & 0x7F)).filter(|(d, _)| d.len() <= 4)?;
        len = digits.iter().fold(0, |len, &digit| len << 8 | usize::from(digit));
        rest = following;
    }
    let (contents, following) = rest.split_at_checked(len)?;
    Some((tag, contents, following))
}

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

#[cfg(test)]
mod tests {
    use super::common_name;

    #[test]
    fn the_common_name_of_a_certificate_is_found() {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "org");
        params.distinguished_name.push(rcgen::DnType::CommonName, "sensor-7");
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        assert_eq!(common_name(certificate.der()).as_deref(), Some("sensor-7"));
        for len in 0..certificate.der().len().min(300) {
            let _ = common_name(&certificate.der()[..len]);
        }
        assert_eq!(common_name(&[]), None);
    }
}
