//! Graphics cards: each way to ask for one, each way in which it cannot be had, and doing without.

use super::*;
use crate::facts::gpu::{Answers, Device, Module, Nvml, Spec, Toolkit};
use crate::stack::gpu::without_gpu;
use crate::up::gpu::unmet;

/// A machine with this many cards, whose engine has NVIDIA's runtime.
fn with_cards(count: u32) -> Seen {
    let mut seen = machine();
    let device = |index| Device { index, ..Device::default() };
    let answers = Answers { devices: (0..count).map(device).collect(), ..Answers::default() };
    seen.gpu.nvml = Fact::Known(Nvml::Answers(answers));
    seen.gpu.module = Fact::Known(Module { running: Some("550.54.14".into()), ..Module::default() });
    seen.gpu.toolkit = Fact::Known(Toolkit {
        runtime: Some("/usr/bin/nvidia-container-runtime".into()),
        ..Toolkit::default()
    });
    seen.gpu.specs = Fact::Known(Vec::new());
    set(&mut seen, |engine| engine.runtimes.push("nvidia".into()));
    seen.paths.insert(
        "/dev/dri".into(),
        Fact::Known(There::Directory(crate::facts::storage::Directory::default())),
    );
    seen
}

/// A machine with neither card nor driver nor anything of NVIDIA's.
fn without_cards() -> Seen {
    let mut seen = machine();
    seen.gpu.nvml = Fact::Known(Nvml::NoLibrary);
    seen.gpu.module = Fact::Known(Module::default());
    seen.gpu.toolkit = Fact::Known(Toolkit::default());
    seen.gpu.specs = Fact::Known(Vec::new());
    seen.paths.insert("/dev/dri".into(), Fact::Known(There::Missing));
    seen
}

fn set(seen: &mut Seen, change: impl FnOnce(&mut Info)) {
    let Fact::Known(engine) = &mut seen.engine else { panic!("no engine") };
    change(engine);
}

/// Every way to ask.
const WAYS: [&str; 7] = [
    "gpus: all",
    "gpus: [{count: 1, driver: nvidia}]",
    "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}",
    "deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1, capabilities: [compute]}]}}}",
    "runtime: nvidia",
    "devices: ['nvidia.com/gpu=all']",
    "devices: ['/dev/dri:/dev/dri']",
];

fn file(way: &str) -> String {
    format!("services:\n  ollama: {{image: x, {way}}}\n  web: {{image: y}}\n")
}

#[test]
fn every_way_to_ask_passes_where_it_can_be_met_and_stops_where_not() {
    let mut can = with_cards(1);
    set(&mut can, |engine| engine.cdi_dirs = vec!["/etc/cdi".into()]);
    can.gpu.specs = Fact::Known(vec![Spec::default()]);
    for way in WAYS {
        assert_eq!(found(&file(way), &can), "", "{way}");
        let told = found(&file(way), &without_cards());
        assert!(
            told.starts_with("fail up.gpu.missing: `ollama` asks for a graphics card, and "),
            "{way}: {told}"
        );
        let (_, stack) = declared(&file(way));
        assert_eq!(unmet(&stack, &can), []);
        assert_eq!(unmet(&stack, &without_cards())[0].service, "ollama", "{way}");
    }
    for other in [
        "devices: ['/dev/ttyUSB0']",
        "deploy: {resources: {reservations: {devices: [{capabilities: [tpu]}]}}}",
        "runtime: runc",
    ] {
        assert_eq!(found(&file(other), &without_cards()), "", "{other}");
    }
}

#[test]
fn reasons_in_words() {
    let all = file("gpus: all");
    let two = file("gpus: [{count: 2}]");
    let second =
        file("deploy: {resources: {reservations: {devices: [{device_ids: ['1'], capabilities: [gpu]}]}}}");
    let described = file("devices: ['nvidia.com/gpu=all']");
    let changed = |change: fn(&mut Seen)| {
        let mut seen = with_cards(1);
        change(&mut seen);
        seen
    };
    let no_tools = |seen: &mut Seen| {
        set(seen, |engine| engine.runtimes.retain(|name| name != "nvidia"));
        seen.gpu.toolkit = Fact::Known(Toolkit::default());
    };
    let no_driver = |seen: &mut Seen| {
        seen.gpu.nvml = Fact::Known(Nvml::DriverNotLoaded);
        seen.gpu.module = Fact::Known(Module::default());
    };
    let told = [
        found(&all, &changed(no_tools)),
        found(&all, &changed(no_driver)),
        found(&all, &changed(|seen| seen.gpu.nvml = Fact::Known(Nvml::Mismatch))),
        found(&all, &with_cards(0)),
        found(&two, &with_cards(1)),
        found(&two, &with_cards(2)),
        found(&second, &with_cards(1)),
        found(&second, &with_cards(2)),
        found(&described, &Seen { api: Api(1, 41), ..with_cards(1) }),
        found(&described, &changed(|seen| set(seen, |engine| engine.cdi_dirs = vec!["/etc/cdi".into()]))),
        found(
            &all,
            &changed(|seen| {
                seen.gpu.nvml = Fact::Unknown("no answer in 2 s".into());
                seen.gpu.module = Fact::Unknown("no answer in 2 s".into());
            }),
        ),
        // A driver runs whose library this program cannot load.
        found(&all, &changed(|seen| seen.gpu.nvml = Fact::Known(Nvml::NoLibrary))),
    ]
    .concat();
    insta::assert_snapshot!(told, @r"
    fail up.gpu.missing: `ollama` asks for a graphics card, and the engine has neither the runtime `nvidia` nor a description (CDI) of a card
    fail up.gpu.missing: `ollama` asks for a graphics card, and no driver of NVIDIA's runs on this machine
    fail up.gpu.missing: `ollama` asks for a graphics card, and its driver and the driver's libraries are of different versions: restart the machine
    fail up.gpu.missing: `ollama` asks for a graphics card, and the driver has none
    fail up.gpu.missing: `ollama` asks for a graphics card, and it wants 2, and there is 1
    fail up.gpu.missing: `ollama` asks for a graphics card, and there is no card `1`: the driver has 1 card
    fail up.gpu.missing: `ollama` asks for a graphics card, and the engine (API 1.41) does not take devices by their descriptions (CDI): that takes 1.44
    fail up.gpu.missing: `ollama` asks for a graphics card, and there is no description (CDI) of it in /etc/cdi
    unknown up.gpu.unknown: `ollama` asks for a graphics card, and whether there is one could not be looked at: no answer in 2 s
    ");
}

#[test]
fn files_without_their_wishes_are_as_if_nobody_had_written_them() {
    let plain = render::json(&declared(&file("user: '1000'")).0);
    for way in WAYS {
        let (mut tree, _) = declared(&file(&format!("user: '1000', {way}")));
        assert_eq!(without_gpu(&mut tree), ["ollama"], "{way}");
        assert_eq!(render::json(&tree), plain, "{way}");
        assert_eq!(without_gpu(&mut tree), [""; 0], "{way}");
    }
    let mixed = "services: {a: {image: x, gpus: all, devices: ['/dev/dri', '/dev/ttyUSB0'], deploy: {resources: {limits: {memory: 1g}, reservations: {devices: [{capabilities: [gpu]}, {capabilities: [tpu]}]}}}}}";
    let kept = "services: {a: {image: x, devices: ['/dev/ttyUSB0'], deploy: {resources: {limits: {memory: 1g}, reservations: {devices: [{capabilities: [tpu]}]}}}}}";
    let (mut tree, _) = declared(mixed);
    without_gpu(&mut tree);
    assert_eq!(render::json(&tree), render::json(&declared(kept).0));
}
