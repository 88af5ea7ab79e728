//! Room for images, and memory.

use super::*;

#[test]
fn images_need_room() {
    let (tree, stack) = declared("services: {a: {image: x}}");
    let at = |free: Fact<u64>, pulls: bool| {
        let mut plan = fresh(&stack);
        if pulls {
            plan.push(Change::Pull { image: "x".into() }, "it is not there");
        }
        lines(&judged(&tree, &stack, &plan, &Seen { room: free, ..machine() }))
    };
    let words = "1 image to pull or build, and";
    let place = "free where the engine keeps them (`/var/lib/docker`)\n";
    assert_eq!(at(Fact::Known(5 << 30), true), "");
    assert_eq!(at(Fact::Known(4 << 30), true), format!("warn up.disk.little: {words} 4 GiB {place}"));
    assert_eq!(at(Fact::Known(1 << 30), true), format!("warn up.disk.little: {words} 1 GiB {place}"));
    assert_eq!(at(Fact::Known(9 << 20), true), format!("fail up.disk.full: {words} 9 MiB {place}"));
    assert_eq!(at(Fact::Known(9 << 20), false), "");
    assert_eq!(at(Fact::Unknown("it cannot be seen".into()), true), "");
    // Which containers are made anew is known only when the image is there.
    let mut only = Plan::default();
    only.push(Change::Pull { image: "x".into() }, "`pull_policy: always`");
    let found = lines(&judged(&tree, &stack, &only, &Seen { room: Fact::Known(9 << 20), ..machine() }));
    assert_eq!(found, format!("fail up.disk.full: {words} 9 MiB {place}"));
}

#[test]
fn memory_is_added_up_over_containers() {
    for (text, told) in [
        ("a: {image: x, mem_limit: 8g}", ""),
        (
            "a: {image: x, mem_limit: 5g}, b: {image: x, deploy: {resources: {limits: {memory: 4g}}}}",
            "warn up.memory.limits: the memory limits of 2 services come to 9 GiB, and the machine has 8 GiB\n",
        ),
        (
            "a: {image: x, scale: 3, mem_limit: 3g}",
            "warn up.memory.limits: the memory limits of 1 service come to 9 GiB, and the machine has 8 GiB\n",
        ),
        (
            "a: {image: x, mem_reservation: 9g}",
            "warn up.memory.reserved: the memory reservations of 1 service come to 9 GiB, and the machine has 8 GiB\n",
        ),
        ("a: {image: x}", ""),
    ] {
        assert_eq!(found(&format!("services: {{{text}}}"), &machine()), told, "{text}");
    }
}
