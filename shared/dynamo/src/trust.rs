use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The root certificates of AWS's endpoints (<https://www.amazontrust.com/repository/>). Reading the system's
/// certificates would take longer than the first call itself.
const AMAZON: &[u8] = include_bytes!("amazon-roots.pem");

/// Prefixes of the region names in the partitions `aws` and `aws-us-gov`.
const PUBLIC: [&str; 9] = ["af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];

/// The trusted certificate authorities.
#[derive(Clone, Debug)]
pub enum TrustStore {
    /// Amazon's authorities, which AWS's endpoints use in all public regions.
    Amazon,
    /// The system's authorities.
    System,
    /// The authorities in a PEM bundle.
    Bundle(CaBundle),
}

/// Certificates that were parsed and are usable.
#[derive(Clone, Debug)]
pub struct CaBundle(Vec<u8>);

impl CaBundle {
    /// Parses certificates in PEM, such as the file that `AWS_CA_BUNDLE` names.
    ///
    /// # Errors
    /// A message, when a certificate can't be read or the bundle is empty.
    pub fn parse(pem: Vec<u8>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
        if roots.is_empty() { Err("has no certificate".to_owned()) } else { Ok(Self(pem)) }
    }
}

impl TrustStore {
    /// The authorities for `region`, given all custom endpoints.
    pub fn of<'a>(region: &str, endpoints: impl IntoIterator<Item = &'a str>) -> Self {
        // In China, in isolated regions, and in Europe's sovereign cloud, AWS uses other authorities.
        let public = PUBLIC.iter().any(|start| region.starts_with(start)) && !region.contains("-iso");
        let is_https = |endpoint: &str| endpoint.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
        if public && !endpoints.into_iter().any(is_https) { Self::Amazon } else { Self::System }
    }

    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        match self {
            Self::System => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
            Self::Amazon => roots.add_parsable_certificates(certificates(AMAZON)),
            Self::Bundle(CaBundle(pem)) => roots.add_parsable_certificates(certificates(pem)),
        };
        roots
    }
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(std::result::Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_can_be_read() {
        assert!(CaBundle::parse(AMAZON.to_vec()).is_ok());
        assert_eq!(CertificateDer::pem_slice_iter(AMAZON).count(), 5);
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(CaBundle::parse(broken.into()).is_err());
        assert_eq!(CaBundle::parse(b"nothing".to_vec()).err().as_deref(), Some("has no certificate"));
    }

    #[test]
    fn amazons_roots_are_for_amazons_endpoints() {
        let of = |region, endpoint: Option<&str>| matches!(TrustStore::of(region, endpoint), TrustStore::Amazon);
        assert!(of("eu-west-1", None) && of("eu-west-1", Some("http://127.0.0.1:8000")) && of("us-gov-west-1", None));
        assert!(!of("eu-west-1", Some("https://example.com")) && !of("eu-west-1", Some("HTTPS://example.com")));
        assert!(!of("cn-north-1", None) && !of("us-iso-east-1", None) && !of("eusc-de-east-1", None));
    }
}
