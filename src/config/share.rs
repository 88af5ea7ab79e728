//! The share of a NAS as people write it: `nas.home.arpa:/export/documents` for NFS, `//nas.home.arpa/documents`
//! for SMB. What is accepted is narrow on purpose: a share becomes part of a line of `/etc/fstab` and an
//! argument of a mount helper, so nothing in it may be read as anything else. It asks no network.

use std::fmt;

/// How a share is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// NFS.
    Nfs,
    /// SMB, which Windows and most NAS speak.
    Smb,
}

impl Protocol {
    /// What mount(8) calls it.
    #[must_use]
    pub fn filesystem(self) -> &'static str {
        match self {
            Self::Nfs => "nfs4",
            Self::Smb => "cifs",
        }
    }
}

/// A share of a NAS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// NFS or SMB.
    pub protocol: Protocol,
    /// The name or address of the NAS, an IPv6 address without its brackets.
    pub host: String,
    /// The exported path (`/export/documents`), or the name of the share and what is below it.
    pub path: String,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.protocol {
            Protocol::Nfs => write!(f, "{host}:{}", self.path),
            Protocol::Smb => write!(f, "//{host}/{}", self.path),
        }
    }
}

/// Reads a share, strictly.
pub fn parse(text: &str) -> Result<Share, String> {
    if let Some(odd) = text.chars().find(|c| c.is_control()) {
        return Err(format!("{text:?} has a control character ({odd:?}) in it"));
    }
    if text.contains('\\') {
        return Err(format!(
            "`{text}` is written with `\\`: write an SMB share as `//nas.home.arpa/documents`"
        ));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!(
            "`{text}` is a URL: leave `{scheme}:` away, as in `//nas.home.arpa/documents`, or write `nas.home.arpa:/export/documents` for NFS"
        ));
    }
    if let Some(rest) = text.strip_prefix("//") {
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Err(format!("`{text}` names no share: `//nas.home.arpa/documents`"));
        }
        return Ok(Share { protocol: Protocol::Smb, host: host(name)?, path: steps(path)? });
    }
    match text.split_once(":/") {
        Some((name, path)) => {
            let path = format!("/{}", steps(path.trim_end_matches('/'))?);
            Ok(Share { protocol: Protocol::Nfs, host: host(name)?, path })
        }
        None => Err(format!(
            "`{text}` is not a share such as `nas.home.arpa:/export/documents` (NFS) or `//nas.home.arpa/documents` (SMB)"
        )),
    }
}

fn steps(path: &str) -> Result<String, String> {
    if path.split('/').any(|step| matches!(step, "." | "..")) {
        return Err(format!("`{path}` has `.` or `..` in it: write the path that is meant"));
    }
    Ok(path.to_string())
}

fn host(name: &str) -> Result<String, String> {
    if let Some(inner) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match inner.parse::<std::net::Ipv6Addr>() {
            Ok(_) => Ok(inner.to_string()),
            Err(_) => Err(format!("`{inner}` is not an IPv6 address")),
        };
    }
    if name.contains('@') {
        return Err(
            "a share carries no user name: put it into the credentials file (`nas.credentials`)".into()
        );
    }
    let fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(fits) {
        return Ok(name.to_string());
    }
    Err(format!("`{name}` is not a host name or an address (an IPv6 address stands in `[` and `]`)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_both_kinds() {
        for (text, protocol, host, path) in [
            ("nas.home.arpa:/export/documents", Protocol::Nfs, "nas.home.arpa", "/export/documents"),
            ("192.0.2.7:/", Protocol::Nfs, "192.0.2.7", "/"),
            ("[2001:db8::7]:/x y", Protocol::Nfs, "2001:db8::7", "/x y"),
            ("//nas/Documents/old/", Protocol::Smb, "nas", "Documents/old"),
            ("//[2001:db8::7]/docs", Protocol::Smb, "2001:db8::7", "docs"),
        ] {
            let share = parse(text).unwrap();
            assert_eq!((share.protocol, &*share.host, &*share.path), (protocol, host, path), "{text}");
            assert_eq!(parse(&share.to_string()), Ok(share), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_as_something_else_is_refused() {
        for (text, says) in [
            ("", "is not a share"),
            ("nas", "is not a share"),
            ("/export/documents", "is not a share"),
            ("-o:/export", "not a host name"),
            ("$(reboot):/x", "not a host name"),
            ("nas;reboot:/x", "not a host name"),
            ("nas home:/x", "not a host name"),
            ("nas:/x\nproc /proc", "control character"),
            ("nas:/../etc", "`..`"),
            ("//nas", "names no share"),
            ("//nas/", "names no share"),
            ("//me:word@nas/docs", "credentials file"),
            ("\\\\nas\\docs", "write an SMB share as"),
            ("smb://nas/docs", "is a URL"),
            ("nfs://nas/docs", "is a URL"),
            ("[::zz]:/x", "not an IPv6 address"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(says), "{text:?}: {refused}");
        }
    }
}
