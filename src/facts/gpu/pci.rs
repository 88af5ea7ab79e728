//! The display controllers on the PCI bus, as the kernel lists them below `/sys`, with the driver that has
//! taken each.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::facts::Fact;

/// A display controller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Its place on the bus: `0000:01:00.0`.
    pub address: String,
    /// The maker's number, as the kernel writes it: `0x10de`.
    pub vendor: String,
    /// The maker's number for this kind of card.
    pub device: String,
    /// The kernel driver that has taken it.
    pub driver: Option<String>,
}

impl Card {
    /// NVIDIA made it.
    #[must_use]
    pub fn is_nvidia(&self) -> bool {
        self.vendor == "0x10de"
    }

    /// The maker's name, where it makes cards that compute.
    #[must_use]
    pub fn maker(&self) -> Option<&'static str> {
        match self.vendor.as_str() {
            "0x10de" => Some("NVIDIA"),
            "0x1002" => Some("AMD"),
            "0x8086" => Some("Intel"),
            _ => None,
        }
    }
}

/// Lists them, in the order of their addresses.
pub(super) fn look(root: &Path) -> Fact<Vec<Card>> {
    let devices = match fs::read_dir(root.join("sys/bus/pci/devices")) {
        Ok(devices) => devices,
        // A machine without the bus has none on it.
        Err(error) if error.kind() == ErrorKind::NotFound => return Fact::Known(Vec::new()),
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    let mut cards: Vec<_> = devices.flatten().filter_map(|device| card(&device.path())).collect();
    cards.sort_by(|one, other| one.address.cmp(&other.address));
    Fact::Known(cards)
}

fn card(place: &Path) -> Option<Card> {
    let text = |name: &str| Some(fs::read_to_string(place.join(name)).ok()?.trim().to_lowercase());
    // Class 03 is "display controller": VGA, XGA and 3D ones.
    text("class")?.strip_prefix("0x03")?;
    let driver = fs::read_link(place.join("driver")).ok();
    Some(Card {
        address: place.file_name()?.to_string_lossy().into_owned(),
        vendor: text("vendor")?,
        device: text("device").unwrap_or_default(),
        driver: driver.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_display_controllers_are_cards() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(look(root.path()), Fact::Known(Vec::new()), "a machine without the bus");
        let devices = root.path().join("sys/bus/pci/devices");
        for (address, class, vendor) in [
            ("0000:01:00.0", "0x030000\n", "0x10de\n"),
            ("0000:01:00.1", "0x040300\n", "0x10de\n"),
            ("0000:00:02.0", "0x038000\n", "0x8086\n"),
            ("0000:00:03.0", "\u{fffd}nonsense", "0x1002\n"),
        ] {
            fs::create_dir_all(devices.join(address)).unwrap();
            fs::write(devices.join(address).join("class"), class).unwrap();
            fs::write(devices.join(address).join("vendor"), vendor).unwrap();
        }
        symlink("../../../bus/pci/drivers/nouveau", devices.join("0000:01:00.0/driver")).unwrap();
        fs::create_dir(devices.join(std::ffi::OsStr::from_bytes(b"\xff\xfe"))).unwrap();
        let found = look(root.path());
        let cards = found.known().unwrap();
        assert_eq!(cards.len(), 2, "{cards:#?}");
        assert_eq!((cards[0].maker(), cards[0].driver.as_deref()), (Some("Intel"), None));
        assert!(cards[1].is_nvidia());
        assert_eq!(cards[1].driver.as_deref(), Some("nouveau"));
    }
}
