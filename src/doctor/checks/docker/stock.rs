//! What the engine keeps: images, disk space, networks.

use std::net::Ipv4Addr;

use crate::config::value::show_bytes;
use crate::doctor::check::{Judged, Repair, fail, known, not_here, pass, warn, worst};
use crate::facts::docker::{Container, Image};
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;

const GIB: u64 = 1 << 30;
/// What may lie about unused.
const UNUSED: u64 = 20 * GIB;
/// The same as a part of the disk, in percent.
const UNUSED_PART: u64 = 30;
/// What has to be free where the engine keeps everything.
const FREE: u64 = 2 * GIB;
/// What images without a name may take, and how many there may be.
const DANGLING: u64 = GIB;
const DANGLING_MANY: usize = 20;

pub(super) fn prune(facts: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(vec![Action::PruneImages { socket: facts.docker.socket.clone() }])
}

/// Images that have no name and that no container uses.
fn left_over<'a>(images: &'a [Image], containers: &[Container]) -> Vec<&'a Image> {
    let used = |image: &Image| containers.iter().any(|container| container.image_id == image.id);
    images.iter().filter(|image| image.tags.is_empty() && !used(image)).collect()
}

pub(super) fn disk(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let disk = known(&docker.disk).map_err(|unknown| {
        unknown.hint("an engine with much to add up takes longer: `--deadline 20s`; `sudo docker system df` shows the same")
    })?;
    let parts = [
        ("images", &disk.images, "docker image prune --all"),
        ("containers", &disk.containers, "docker container prune"),
        ("volumes", &disk.volumes, "docker volume ls --filter dangling=true"),
        ("build cache", &disk.build_cache, "docker builder prune"),
    ];
    let taken = parts.iter().fold(0_u64, |sum, (_, part, _)| sum.saturating_add(part.bytes));
    let unused = parts.iter().fold(0_u64, |sum, (_, part, _)| sum.saturating_add(part.reclaimable));
    let is_large = disk.total.is_some_and(|total| total > 0 && unused / UNUSED_PART > total / 100);
    let is_full = disk.free.is_some_and(|free| free < FREE);
    let told = format!("containers take {}, of which {} are unused", show_bytes(taken), show_bytes(unused));
    if unused <= UNUSED && !is_large && !is_full {
        return Ok(pass(told));
    }
    let most = parts.iter().max_by_key(|(_, part, _)| part.reclaimable).map_or("", |(_, _, command)| command);
    let summary = match disk.free {
        Some(free) if is_full => {
            format!("only {} are free where containers are kept; {told}", show_bytes(free))
        }
        _ => told,
    };
    let nameless = docker.images.known().zip(docker.containers.known());
    let fixable = nameless.is_some_and(|(images, containers)| !left_over(images, containers).is_empty());
    let lines = parts.iter().map(|(name, part, _)| {
        let (bytes, unused) = (show_bytes(part.bytes), show_bytes(part.reclaimable));
        format!("{name}: {}, {bytes}, {unused} unused", part.count)
    });
    let judgement = warn(summary)
        .evidences(lines)
        .hint(format!("see what may go, then remove it: `sudo {most}`; volumes hold data, so look at each"));
    Ok(if fixable { judgement.fixable() } else { judgement })
}

pub(super) fn dangling(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let left = left_over(known(&docker.images)?, known(&docker.containers)?);
    let bytes = left.iter().fold(0_u64, |sum, image| sum.saturating_add(image.bytes));
    let told = format!("{} images have no name and no container", left.len());
    if left.is_empty() {
        return Ok(pass("every image has a name or a container"));
    }
    Ok(if bytes > DANGLING || left.len() > DANGLING_MANY {
        warn(format!("{told}: up to {}", show_bytes(bytes)))
            .evidences(
                left.iter().take(10).map(|image| format!("{} ({})", image.id, show_bytes(image.bytes))),
            )
            .hint("`sudo docker image prune` removes them")
            .fixable()
    } else {
        pass(format!("{told}, no more than {}", show_bytes(bytes)))
    })
}

/// An architecture as images name it, from how the kernel names it.
fn of_images(kernel: &str) -> &str {
    match kernel {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" | "armv6l" => "arm",
        "i386" | "i686" => "386",
        other => other,
    }
}

pub(super) fn images(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let machine = of_images(&known(&docker.engine)?.architecture);
    let images = known(&docker.images)?;
    let ours = known(&docker.containers)?.iter().filter(|container| container.is_ours());
    let judged = ours.map(|container| {
        let name = &container.name;
        let Some(image) = images.iter().find(|image| image.id == container.image_id) else {
            return fail(format!("the image of `{name}`, `{}`, is gone", container.image))
                .evidence(format!("no image has the id {}", container.image_id))
                .hint(format!("`sudo docker pull {}`, then make the container again", container.image));
        };
        match image.architecture.as_deref() {
            Some(other) if other != machine => {
                fail(format!("the image of `{name}` is for `{other}`, and this machine is `{machine}`"))
                    .evidence(format!("image `{}`, {}", container.image, image.id))
                    .hint(format!(
                        "`sudo docker pull --platform linux/{machine} {}`, then make the container again",
                        container.image
                    ))
            }
            _ => pass(format!("the image of `{name}` is there, for `{machine}`")),
        }
    });
    let none = not_here("no container here is ours");
    Ok(worst(judged.collect::<Vec<_>>(), &format!("the images are there, for `{machine}`"), none))
}

/// First and last address of `192.168.1.0/24`.
fn range(subnet: &str) -> Option<(u32, u32)> {
    let (address, bits) = subnet.split_once('/')?;
    let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Some((address & mask, address | !mask))
}

fn overlap(one: &str, other: &str) -> bool {
    let both = range(one).zip(range(other));
    both.is_some_and(|(one, other)| one.0 <= other.1 && other.0 <= one.1)
}

pub(super) fn networks(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    if !docker.is_local() {
        return Ok(not_here("the engine is on another machine"));
    }
    let networks = known(&docker.networks)?;
    let is_bridge = |interface: &str| {
        networks.iter().any(|network| network.bridge == interface)
            || ["docker", "br-", "veth"].iter().any(|start| interface.starts_with(start))
    };
    let routes = known(&docker.routes)?;
    let lan: Vec<_> = routes.iter().filter(|route| !is_bridge(&route.interface)).collect();
    let mut taken = Vec::new();
    for network in networks {
        for subnet in &network.subnets {
            let clash = lan.iter().filter(|route| overlap(subnet, &route.subnet));
            taken.extend(clash.map(|route| {
                fail(format!(
                    "the network `{}` ({subnet}) has the addresses of `{}` ({})",
                    network.name, route.interface, route.subnet
                ))
                .hint(format!(
                    "what is there, such as a NAS, cannot be reached: `sudo docker network rm {}` and make it again with another `--subnet`",
                    network.name
                ))
            }));
        }
    }
    for pool in &known(&docker.engine)?.pools {
        let clash = lan.iter().filter(|route| overlap(pool, &route.subnet));
        taken.extend(clash.map(|route| {
            warn(format!(
                "new networks may get addresses of `{}` ({}): `default-address-pools` has {pool}",
                route.interface, route.subnet
            ))
            .hint("choose another range in `/etc/docker/daemon.json`, then `sudo systemctl restart docker`")
        }));
    }
    let fine =
        format!("{} networks of containers, and none has addresses of the machine's own", networks.len());
    Ok(worst(taken, &fine, pass(fine.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_overlap() {
        for (one, other, expected) in [
            ("172.17.0.0/16", "172.17.5.0/24", true),
            ("172.17.0.0/16", "172.18.0.0/16", false),
            ("0.0.0.0/0", "10.0.0.1/32", true),
            ("192.168.1.77/24", "192.168.1.0/28", true),
            ("fd00::/64", "fd00::/64", false),
            ("1.2.3.4", "1.2.3.4/32", false),
            ("1.2.3.4/33", "0.0.0.0/0", false),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
        }
    }
}
