//! The kernel's settings under `/proc/sys`, by the names that sysctl(8) gives them. They hold until the machine is
//! started again; what is to last is written into a file of `/etc/sysctl.d` beside.

use std::io;
use std::path::PathBuf;

use crate::failure::{IoContext, Result};

fn place(name: &str) -> PathBuf {
    PathBuf::from("/proc/sys").join(name.replace('.', "/"))
}

/// The value of a setting, without the line's end.
pub fn read(name: &str) -> io::Result<String> {
    std::fs::read_to_string(place(name)).map(|text| text.trim_end().to_string())
}

/// Changes a setting.
pub fn set(name: &str, value: &str) -> Result<()> {
    // With the line's end: an empty list is a write of something, too.
    std::fs::write(place(name), format!("{value}\n")).trying(format_args!("set `{name}` to `{value}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_by_its_name() {
        assert!(read("kernel.ostype").is_ok_and(|value| value == "Linux"));
        assert!(read("no.such.setting").is_err());
        assert!(set("no.such.setting", "1").unwrap_err().to_string().contains("no.such.setting"));
    }
}
