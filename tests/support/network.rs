//! A network of a test's own, in which nothing is up: it belongs to the test's thread and to the programs that it
//! starts, as do the mounts that are made after it.

use std::os::fd::AsRawFd;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect, send, socket,
};

use super::skip;

/// A network without anything, and mounts that nobody else sees.
pub fn alone() -> Option<()> {
    let none: Option<&str> = None;
    let done = unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none));
    if let Err(error) = done {
        skip(&format!("cannot have a network of its own ({error}): run the tests as root"));
        return None;
    }
    Some(())
}

/// Switches the loopback on, as `ip link set lo up` does.
pub fn loopback_up() {
    let socket =
        socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)
            .unwrap();
    connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0)).unwrap();
    // RTM_NEWLINK of interface 1: IFF_UP, and nothing else is changed.
    let numbers: [u32; 8] = [32, 16 | (1 << 16), 1, 0, 0, 1, 1, 1];
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    send(socket.as_raw_fd(), &bytes, MsgFlags::empty()).unwrap();
}
