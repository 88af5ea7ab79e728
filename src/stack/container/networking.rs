//! The networks of a container: the one that it is made in, those that it is connected to, and how it is called there.

use std::collections::HashMap;

use bollard::models::{EndpointIpamConfig, EndpointSettings, NetworkingConfig};

use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Problem, Result};
use crate::stack::engine::Api;
use crate::stack::model::{Service, Stack};

/// The first version that takes several networks with the creation of a container.
const SEVERAL: Api = Api(1, 44);

/// The first version that lets an interface be named.
const INTERFACE_NAMES: Api = Api(1, 49);

/// The option of the bridge driver that names an interface.
const INTERFACE_NAME: &str = "com.docker.network.endpoint.ifname";

/// The networks of a container, in the engine's terms.
#[derive(Default)]
pub(super) struct Networking {
    /// The network that it is made in; none where it has no networks of its own.
    pub(super) mode: Option<String>,
    /// How it is attached.
    pub(super) config: Option<NetworkingConfig>,
    /// The networks that it has to be connected to afterwards.
    pub(super) connect: Vec<(String, EndpointSettings)>,
    /// The other containers that it knows by names of its own.
    pub(super) links: Option<Vec<String>>,
}

impl Networking {
    /// The networks of a container of a service; `number` is which of its service it is.
    ///
    /// # Errors
    /// Something is said of a network that the engine does not know.
    pub(super) fn of(stack: &Stack, service: &Service, number: u32, api: Api) -> Result<Self> {
        let says = stack.says(&service.name);
        let name = &stack.container_name(service, number);
        let links = links(stack, says, number);
        if says.has("network_mode") {
            return Ok(Self { links, ..Self::default() });
        }
        let mut networks = Vec::new();
        for key in &service.networks {
            let network = stack.network(key).map_or(key, |network| &network.name).clone();
            let uses = says.named("networks").get(key.as_str()).copied().unwrap_or(Fields::of(None));
            networks.push((network, endpoint(service, name, uses, links.clone(), api)?));
        }
        let Some((first, endpoint)) = networks.first_mut() else {
            return Ok(Self { mode: Some("none".into()), links, ..Self::default() });
        };
        address_of_service(says, endpoint)?;
        let mode = Some(first.clone());
        let connect = if api >= SEVERAL { Vec::new() } else { networks.split_off(1) };
        let endpoints: HashMap<_, _> = networks.into_iter().collect();
        Ok(Self {
            mode,
            config: Some(NetworkingConfig { endpoints_config: Some(endpoints) }),
            connect,
            links,
        })
    }
}

/// How a container is attached to one network: there it is called after itself, its service and its aliases.
fn endpoint(
    service: &Service,
    name: &str,
    uses: Fields,
    links: Option<Vec<String>>,
    api: Api,
) -> Result<EndpointSettings> {
    let mut aliases = vec![name.to_owned(), service.name.clone()];
    aliases.extend(uses.texts("aliases"));
    let mut options: HashMap<String, String> = uses.pairs("driver_opts");
    if let Some(interface) = uses.string("interface_name") {
        if api < INTERFACE_NAMES {
            let message = format!("`interface_name` needs Docker 28.1: this engine has the API {api}");
            return Err(Problem::new(&uses.place("interface_name"), message)
                .hint("take it out, or install a newer Docker"));
        }
        options.insert(INTERFACE_NAME.into(), interface);
    }
    let ipam = uses.is_there().then(|| EndpointIpamConfig {
        ipv4_address: uses.string("ipv4_address"),
        ipv6_address: uses.string("ipv6_address"),
        link_local_ips: uses.some_texts("link_local_ips"),
    });
    Ok(EndpointSettings {
        aliases: Some(aliases),
        links,
        ipam_config: ipam,
        mac_address: uses.string("mac_address"),
        driver_opts: Some(options).filter(|options| !options.is_empty()),
        gw_priority: uses.amount("gw_priority"),
        ..EndpointSettings::default()
    })
}

/// The hardware address that the service itself says is that in its first network.
fn address_of_service(says: Fields, endpoint: &mut EndpointSettings) -> Result<()> {
    let Some(address) = says.string("mac_address") else { return Ok(()) };
    if endpoint.mac_address.as_ref().is_some_and(|other| *other != address) {
        let message = "the `mac_address` of the service is another one than that in its first network";
        return Err(Problem::new(&says.place("mac_address"), message).hint("say it once, in `networks`"));
    }
    endpoint.mac_address = Some(address);
    Ok(())
}

/// The links of a container, `container:name`: every container of a linked service under each name that Docker Compose
/// has ever given it. The number in them is that of the container which has the link.
fn links(stack: &Stack, says: Fields, number: u32) -> Option<Vec<String>> {
    let mut links = Vec::new();
    for link in says.texts("links") {
        let (linked, alias) = link.split_once(':').unwrap_or((&link, &link));
        let Some(service) = stack.service(linked) else { continue };
        for container in (1..=service.replicas).map(|number| stack.container_name(service, number)) {
            links.push(format!("{container}:{alias}"));
            links.push(format!("{container}:{linked}-{number}"));
            links.push(format!("{container}:{}-{linked}-{number}", stack.project));
        }
    }
    for link in says.texts("external_links") {
        let (container, alias) = link.split_once(':').unwrap_or((&link, &link));
        links.push(format!("{container}:{alias}"));
    }
    Some(links).filter(|links| !links.is_empty())
}
