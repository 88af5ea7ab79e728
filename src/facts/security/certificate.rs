//! The certificate that the configured endpoint shows, asked for as the server asks: what the platform does not
//! trust is refused, and then looked at without trust, to say why. No key and no question is ever sent.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::tls::TlsInfo;
use serde::{Deserialize, Serialize};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::config::Endpoint;
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// The certificate of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// The endpoint is asked over TLS.
    pub used: bool,
    /// Who it says it is.
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// It says so itself.
    pub self_signed: bool,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Its first moment.
    pub from: Option<Timestamp>,
    /// Its last moment.
    pub until: Option<Timestamp>,
    /// Why it is refused, if it is.
    pub refused: Option<String>,
}

/// Looks at the certificate of the configured endpoint.
pub(super) fn look(asked: &Asked) -> Fact<Certificate> {
    let Some(config) = &asked.config else { return Fact::Unknown(super::NO_SETTINGS.into()) };
    let Endpoint::Url(url) = &config.endpoint else { return Fact::Known(Certificate::default()) };
    if !url.starts_with("https:") {
        return Fact::Known(Certificate::default());
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    let (trusting, url, deadline) = (|accept| client(accept, asked.deadline), url.as_str(), asked.deadline);
    runtime.block_on(async move {
        let refused = match ask(trusting(false), url).await {
            Ok(shown) => {
                return shown.map_or_else(|| Fact::Unknown("it shows no certificate".into()), Fact::Known);
            }
            Err(refused) => refused,
        };
        let looked = tokio::time::timeout(deadline, ask(trusting(true), url)).await;
        match looked {
            Ok(Ok(Some(certificate))) => Fact::Known(Certificate { refused: Some(refused), ..certificate }),
            // It is not the certificate that keeps it from answering.
            _ => Fact::Unknown(refused),
        }
    })
}

fn client(accept: bool, deadline: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .tls_info(true)
        .tls_danger_accept_invalid_certs(accept)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(deadline)
        .build()
}

/// What is shown at the other end, or the innermost reason why nobody is to be talked with.
async fn ask(client: reqwest::Result<reqwest::Client>, url: &str) -> Result<Option<Certificate>, String> {
    let answer = async { client?.get(url).send().await }.await;
    let answer = answer.map_err(|error| {
        let mut innermost: &dyn Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        innermost.to_string()
    })?;
    let shown = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    shown.map(parse).transpose()
}

fn parse(der: &[u8]) -> Result<Certificate, String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names = alternatives.map(|names| names.value.general_names.iter().filter_map(name).collect());
    Ok(Certificate {
        used: true,
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        self_signed: certificate.subject() == certificate.issuer(),
        names: names.unwrap_or_default(),
        from: moment(certificate.validity().not_before),
        until: moment(certificate.validity().not_after),
        refused: None,
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_string()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(four) => Some(std::net::Ipv4Addr::from(four).to_string()),
            Err(_) => {
                <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
            }
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_an_error() {
        for bytes in [
            &b""[..],
            b"\x30\x03\x02\x01\x01",
            b"-----BEGIN CERTIFICATE-----",
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(parse(bytes).is_err());
        }
    }
}
