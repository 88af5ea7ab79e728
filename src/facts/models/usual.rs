//! Language model servers on this machine's usual ports, for whoever is setting it up: Ollama by its own
//! interface, anything else by the OpenAI-compatible list of models. It lists what answers and asks no model
//! anything.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::USUAL_MODEL_PORTS;
use crate::facts::{Fact, Probe, http};

/// A server that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its base URL.
    pub url: String,
    /// Its models, by name.
    pub models: Vec<String>,
}

/// Asks every usual port but `ours`, all at once.
pub fn endpoints(ours: u16) -> Fact<Vec<Endpoint>> {
    let probes: Vec<_> = USUAL_MODEL_PORTS
        .into_iter()
        .filter(|port| *port != ours)
        .map(|port| Probe::start(move || Fact::Known(endpoint((Ipv4Addr::LOCALHOST, port).into()))))
        .collect();
    Fact::Known(probes.into_iter().filter_map(|probe| probe.finish().known().cloned().flatten()).collect())
}

fn endpoint(address: SocketAddr) -> Option<Endpoint> {
    let names = |path: &str, list: &str, name: &str| {
        let (status, body) = http::get(address, path).ok()?;
        let answer: Value = serde_json::from_slice(&body).ok().filter(|_| status == 200)?;
        let models = answer.get(list)?.as_array()?;
        Some(models.iter().filter_map(|model| Some(model.get(name)?.as_str()?.to_string())).collect())
    };
    let models = names("/api/tags", "models", "name").or_else(|| names("/v1/models", "data", "id"))?;
    Some(Endpoint { url: format!("http://{address}"), models })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn serve(path: &'static str, body: &'static str) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut question = [0; 1024];
                let n = stream.read(&mut question).unwrap_or(0);
                let found = question[..n].starts_with(format!("GET {path} ").as_bytes());
                let _ = if found {
                    write!(stream, "HTTP/1.0 200 OK\r\n\r\n{body}")
                } else {
                    write!(stream, "HTTP/1.0 404 Not Found\r\n\r\n")
                };
            }
        });
        address
    }

    #[test]
    fn both_kinds_of_server_are_read() {
        let ollama = serve("/api/tags", r#"{"models":[{"name":"qwen3:8b","size":1}]}"#);
        assert_eq!(endpoint(ollama).unwrap().models, ["qwen3:8b"]);
        let other = serve("/v1/models", r#"{"object":"list","data":[{"id":"phi"}]}"#);
        assert_eq!(endpoint(other).unwrap().models, ["phi"]);
        assert_eq!(endpoint(serve("/", "<html>")), None);
    }
}
