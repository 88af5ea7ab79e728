//! What images, containers, volumes and caches take on the disk. The answer has two forms: engines before
//! 29 list every thing and leave the adding up to the caller, those after it add up themselves; the client
//! library knows only the second, so it is read here as plain JSON.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::place;
use crate::facts::far::{self, Question};
use crate::facts::{Fact, http};

/// A machine with more to list is known only as that.
const LARGEST: u64 = 16 << 20;

/// What everything takes on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Images.
    pub images: Use,
    /// The writable layers of containers.
    pub containers: Use,
    /// Volumes.
    pub volumes: Use,
    /// The build cache.
    pub build_cache: Use,
    /// The size of the file system that all of it is on; absent where it cannot be seen from here.
    pub total: Option<u64>,
    /// What is free there.
    pub free: Option<u64>,
}

/// One kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Use {
    /// How many there are.
    pub count: u64,
    /// What they take.
    pub bytes: u64,
    /// What is used by nothing that is there.
    pub reclaimable: u64,
}

/// Asks the engine, which may take long where it has much.
pub(super) fn disk(socket: &str, deadline: Duration) -> Fact<Disk> {
    match ask(socket, deadline, "/system/df").map(|body| (body, ask(socket, deadline, "/info").ok())) {
        Ok((body, info)) => {
            let mut disk = parse(&body);
            // The path is the engine's: it says nothing of this machine where the engine is on another.
            let info = info.filter(|_| socket.starts_with('/'));
            let root = info.as_ref().and_then(|info| info["DockerRootDir"].as_str());
            // It may be on a mount that hangs: it is not opened by this process.
            let seen = root.map(|root| far::look(Path::new(root), &Question::default()));
            if let Some(Fact::Known(seen)) = seen {
                disk.total = seen.total.ok();
                disk.free = seen.free.ok();
            }
            Fact::Known(disk)
        }
        Err(error) => Fact::Unknown(super::ask::told(&error)),
    }
}

fn ask(socket: &str, deadline: Duration, path: &str) -> std::io::Result<Value> {
    let (status, body) = if socket.starts_with('/') {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(deadline))?;
        stream.set_write_timeout(Some(deadline))?;
        http::exchange(stream, "docker", path, None, LARGEST)?
    } else {
        let address = socket.split_once("://").map_or(socket, |(_, address)| address);
        let stream = place::connect(address.trim_end_matches('/'))?;
        stream.set_read_timeout(Some(deadline))?;
        stream.set_write_timeout(Some(deadline))?;
        http::exchange(stream, address, path, None, LARGEST)?
    };
    if status != 200 {
        return Err(std::io::Error::other(format!("the engine answered {path} with {status}")));
    }
    serde_json::from_slice(&body).map_err(std::io::Error::other)
}

fn parse(body: &Value) -> Disk {
    let newer = |name: &str| {
        let part = body.get(name)?;
        Some(Use {
            count: number(&part["TotalCount"]),
            bytes: number(&part["TotalSize"]),
            reclaimable: number(&part["Reclaimable"]),
        })
    };
    Disk {
        images: newer("ImageUsage").unwrap_or_else(|| images(body)),
        containers: newer("ContainerUsage").unwrap_or_else(|| {
            added(body, "Containers", |one| {
                let runs = matches!(one["State"].as_str(), Some("running" | "paused" | "restarting"));
                (number(&one["SizeRw"]), !runs)
            })
        }),
        volumes: newer("VolumeUsage").unwrap_or_else(|| {
            added(body, "Volumes", |one| {
                let usage = &one["UsageData"];
                (number(&usage["Size"]), usage["RefCount"].as_i64() == Some(0))
            })
        }),
        build_cache: newer("BuildCacheUsage").unwrap_or_else(|| {
            added(body, "BuildCache", |one| {
                let shared = one["Shared"].as_bool() == Some(true);
                let size = if shared { 0 } else { number(&one["Size"]) };
                (size, one["InUse"].as_bool() != Some(true))
            })
        }),
        total: None,
        free: None,
    }
}

/// What is shared is taken once, so the layers as a whole are counted and not the images one by one.
fn images(body: &Value) -> Use {
    let list = list(body, "Images");
    let used = list.iter().filter(|image| number(&image["Containers"]) > 0);
    let used: u64 = used
        .map(|image| number(&image["Size"]).saturating_sub(number(&image["SharedSize"])))
        .fold(0, u64::saturating_add);
    let bytes = number(&body["LayersSize"]);
    // With every image in use, what is shared among them is in use too.
    let all_used = list.iter().all(|image| number(&image["Containers"]) > 0);
    let reclaimable = if all_used { 0 } else { bytes.saturating_sub(used) };
    Use { count: list.len() as u64, bytes, reclaimable }
}

fn added(body: &Value, name: &str, look: impl Fn(&Value) -> (u64, bool)) -> Use {
    let mut sum = Use::default();
    for (bytes, unused) in list(body, name).iter().map(look) {
        sum.count += 1;
        sum.bytes = sum.bytes.saturating_add(bytes);
        sum.reclaimable = sum.reclaimable.saturating_add(if unused { bytes } else { 0 });
    }
    sum
}

fn list<'a>(body: &'a Value, name: &str) -> &'a [Value] {
    body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What the engine could not measure is -1 there.
fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uses(count: u64, bytes: u64, reclaimable: u64) -> Use {
        Use { count, bytes, reclaimable }
    }

    #[test]
    fn the_form_of_engines_that_list() {
        let disk = parse(&json!({
            "LayersSize": 1000,
            "Images": [
                {"Containers": 1, "Size": 600, "SharedSize": 100},
                {"Containers": 0, "Size": 500, "SharedSize": 100},
            ],
            "Containers": [{"State": "running", "SizeRw": 7}, {"State": "exited", "SizeRw": 5}, {"State": "exited"}],
            "Volumes": [{"UsageData": {"Size": 50, "RefCount": 0}}, {"UsageData": {"Size": -1, "RefCount": -1}}, {"UsageData": null}],
            "BuildCache": [{"InUse": false, "Shared": false, "Size": 9}, {"InUse": true, "Size": 4}, {"Shared": true, "Size": 99}],
        }));
        assert_eq!(disk.images, uses(2, 1000, 500));
        assert_eq!(disk.containers, uses(3, 12, 5));
        assert_eq!(disk.volumes, uses(3, 50, 50));
        assert_eq!(disk.build_cache, uses(3, 13, 9));
    }

    #[test]
    fn the_form_of_engines_that_add_up() {
        let part = json!({"TotalCount": 3, "TotalSize": 30, "Reclaimable": 10});
        let disk = parse(&json!({"ImageUsage": part, "VolumeUsage": {"TotalCount": "x"}}));
        assert_eq!((disk.images, disk.volumes), (uses(3, 30, 10), Use::default()));
    }

    #[test]
    fn garbage_is_nothing() {
        for body in
            [json!(null), json!([]), json!({"Images": 7, "LayersSize": -3, "Volumes": [1, "x", null]})]
        {
            assert_eq!(parse(&body).images, Use::default(), "{body}");
        }
    }
}
