use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A TLS proxy with its own certificate authority, in front of a server without TLS.
pub struct Tls {
    /// The URL of the proxy.
    pub url: String,
    /// The file with the authority's certificate.
    pub bundle: PathBuf,
}

impl Tls {
    /// Starts a proxy in front of `upstream`, such as `127.0.0.1:8000`. Writes the authority's certificate to `folder`.
    pub async fn start(upstream: String, folder: &Path) -> Result<Self, String> {
        let (certificates, key, authority) = certificate().map_err(|error| error.to_string())?;
        let bundle = folder.join("authority.pem");
        // With Amazon's roots, so that functions read as many certificates as in a deployment.
        let all = authority + include_str!("../../../shared/dynamo/src/amazon-roots.pem");
        std::fs::write(&bundle, all).map_err(|error| error.to_string())?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|error| error.to_string())?;
        let listener = TcpListener::bind((HERE, 0)).await.map_err(|error| error.to_string())?;
        let url = format!("https://{}", listener.local_addr().map_err(|error| error.to_string())?);
        tokio::spawn(listen(listener, TlsAcceptor::from(Arc::new(config)), upstream));
        Ok(Self { url, bundle })
    }
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, upstream: String) {
    while let Ok((client, _)) = listener.accept().await {
        let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
        tokio::spawn(async move {
            // Errors are ignored: they come from functions that were ended.
            let _ = client.set_nodelay(true);
            let Ok(mut client) = acceptor.accept(client).await else { return };
            let Ok(mut server) = TcpStream::connect(upstream).await else { return };
            let _ = server.set_nodelay(true);
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

type Certified = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, String);

fn certificate() -> Result<Certified, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // Another name than the server's: OpenSSL takes a certificate whose subject is its issuer for a self-signed one.
    authority.distinguished_name.push(DnType::CommonName, "authority of the bench");
    let authority_key = KeyPair::generate()?;
    let pem = authority.self_signed(&authority_key)?.pem();
    let mut server = CertificateParams::new(Vec::new())?;
    server.subject_alt_names = vec![SanType::IpAddress(HERE)];
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let signed = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![signed.der().clone()], key, pem))
}
