//! What the doctor says of graphics cards, through a stand-in for the driver's library in each of its states, a
//! bus with a card on it where a card must be there, and a stand-in for NVIDIA's toolkit.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::env::{Ended, finish};
use crate::support::installed::json;
use crate::support::interrupted::Scene;
use crate::support::{TestEnv, mounts, nvml, program, skip, wait};

/// Puts a bus with one NVIDIA card in the place of this machine's, for this thread and its children.
fn bus() -> Option<()> {
    let devices = Path::new("/sys/bus/pci/devices");
    mounts::tmpfs(devices, "size=1m")?;
    let card = devices.join("0000:01:00.0");
    fs::create_dir(&card).unwrap();
    for (name, text) in [("vendor", "0x10de\n"), ("device", "0x2504\n"), ("class", "0x030000\n")] {
        fs::write(card.join(name), text).unwrap();
    }
    Some(())
}

fn command(env: &TestEnv, library: Option<&Path>, state: &str, arguments: &[&str]) -> Command {
    let mut command = env.tars();
    command.env("STUB_NVML", state).arg("doctor").args(arguments);
    if let Some(library) = library {
        command.env("LD_LIBRARY_PATH", library);
    }
    command
}

/// Everything that the doctor finds of the cards in that state.
fn look(env: &TestEnv, library: Option<&Path>, state: &str) -> Value {
    json(&finish(&mut command(env, library, state, &["--only", "gpu.*", "--format", "json"])))
}

#[track_caller]
fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let sections = report["sections"].as_array().unwrap();
    let mut findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}"))
}

#[track_caller]
fn says(report: &Value, id: &str, verdict: &str, text: &str) {
    let finding = finding(report, id);
    assert_eq!(finding["verdict"], verdict, "{finding:#}");
    assert!(finding["summary"].as_str().unwrap().contains(text), "`{text}` is not in {finding:#}");
}

#[test]
fn one_card_and_four_are_counted_though_the_bus_shows_none() {
    let env = TestEnv::new();
    let Some(library) = nvml::compile(&env, &[]) else { return };
    let one = look(&env, Some(&library), "one");
    says(&one, "gpu.card", "pass", "card 0 (Stub RTX 3060)");
    says(&one, "gpu.nvml", "pass", "1 card, driver 550.54.14");
    says(&one, "gpu.driver.level", "pass", "CUDA 12.4");
    says(&one, "gpu.memory", "pass", "11.0 GiB free of 12.0 GiB");
    says(&one, "gpu.temperature", "pass", "47 °C");
    says(&one, "gpu.ecc", "skipped", "no card has ECC memory");
    says(&one, "gpu.processes", "pass", "nobody else");
    says(&look(&env, Some(&library), "four"), "gpu.nvml", "pass", "4 cards");
    let hot = look(&env, Some(&library), "hot");
    says(&hot, "gpu.temperature", "fail", "97 °C");
    says(&hot, "gpu.throttling", "warn", "too hot");
    says(&hot, "gpu.persistence", "warn", "let go");
}

#[test]
fn a_library_of_another_version_is_told_before_the_next_container_breaks() {
    let env = TestEnv::new();
    let Some(library) = nvml::compile(&env, &[]) else { return };
    let report = look(&env, Some(&library), "mismatch");
    says(&report, "gpu.nvml", "fail", "another version");
    says(&report, "gpu.driver.mismatch", "fail", "the next container");
    says(&report, "gpu.memory", "skipped", "gpu.nvml failed");
    assert!(finding(&report, "gpu.driver.mismatch")["hint"].as_str().unwrap().contains("sudo reboot"));
}

#[test]
fn a_library_that_hangs_is_unknown_and_holds_up_nothing() {
    let env = TestEnv::new();
    let Some(library) = nvml::compile(&env, &[]) else { return };
    let started = Instant::now();
    let report = look(&env, Some(&library), "hangs");
    let took = started.elapsed();
    says(&report, "gpu.card", "unknown", "no answer in 2 s");
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[test]
fn with_a_card_on_the_bus_every_state_of_the_library_has_its_name() {
    let env = TestEnv::new();
    let (Some(library), Some(())) = (nvml::compile(&env, &[]), bus()) else { return };
    let report = look(&env, None, "none");
    says(&report, "gpu.card", "pass", "0000:01:00.0");
    says(&report, "gpu.nvml", "fail", "`libnvidia-ml.so.1` is missing");
    says(&report, "gpu.module", "fail", "no NVIDIA module");
    says(&look(&env, Some(&library), "not-loaded"), "gpu.nvml", "fail", "no kernel module");
    let hung = look(&env, Some(&library), "hangs");
    says(&hung, "gpu.nvml", "unknown", "no answer in 2 s");
    says(&hung, "gpu.memory", "skipped", "gpu.nvml is unknown");
    let Some(library) = nvml::compile(&env, &["-DNO_INIT"]) else { return };
    says(&look(&env, Some(&library), "one"), "gpu.nvml", "fail", "has no `nvmlInit_v2`");
}

#[test]
fn without_a_card_nothing_is_judged() {
    let env = TestEnv::new();
    let devices = Path::new("/sys/bus/pci/devices");
    let Some(()) = mounts::tmpfs(devices, "size=1m") else { return };
    let report = look(&env, None, "none");
    says(&report, "gpu.card", "skipped", "no NVIDIA card on the PCI bus");
    says(&report, "gpu.used", "skipped", "no NVIDIA card on the PCI bus");
}

/// A real engine on the usual socket, as this thread sees it. It is asked to end, so that it ends what it started.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

impl Engine {
    fn start(env: &TestEnv) -> Option<Self> {
        let Some(dockerd) = program("dockerd") else {
            skip("there is no dockerd: `cargo xtask test` installs one");
            return None;
        };
        mounts::namespace()?;
        mounts::own_etc(env.path());
        let run = env.directory("run");
        mounts::bind(&run, Path::new("/run"));
        // It must not touch the network of another engine.
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        let log = fs::File::create(env.path().join("engine.log")).unwrap();
        let mut command = env.command(dockerd);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.args(["--bridge=none", "--iptables=false"]);
        command
            .arg("--data-root")
            .arg(env.path().join("data"))
            .arg("--exec-root")
            .arg(env.path().join("exec"));
        let engine = Self(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        // Before it answers, it would take the signal for its end.
        wait("the engine", Duration::from_secs(60), || {
            let mut stream = UnixStream::connect("/run/docker.sock").ok()?;
            stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").ok()?;
            let mut told = String::new();
            stream.read_to_string(&mut told).ok()?;
            told.contains(" 200 ").then_some(())
        });
        Some(engine)
    }
}

#[test]
fn a_real_engine_takes_up_a_runtime_without_a_restart() {
    let env = TestEnv::new();
    let Some(engine) = Engine::start(&env) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let register =
        || runtime.block_on(tars::host::gpu::register_runtime(Path::new("/run/docker.sock"), "nvidia"));
    let settings = tars::host::json::set(
        "{\"log-opts\":{\"max-size\":\"10m\"}}",
        &["runtimes", "nvidia", "path"],
        &"nvidia-container-runtime".into(),
    );
    fs::create_dir_all("/etc/docker").unwrap();
    let failure = register().unwrap_err().to_string();
    assert!(failure.contains("did not take `nvidia`"), "{failure}");
    fs::write("/etc/docker/daemon.json", settings.unwrap()).unwrap();
    register().unwrap();
    drop(engine);
    let failure = register().unwrap_err().to_string();
    assert!(failure.contains("docker.pid"), "{failure}");
}

const STALE: &str = "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ncontainerEdits:\n  mounts:\n  - hostPath: /usr/lib/libcuda.so.535.183.01\n";

#[test]
fn a_stale_description_is_made_anew_and_put_back() {
    let env = TestEnv::new();
    let Some(library) = nvml::compile(&env, &[]) else { return };
    // The places that the repair writes to are this test's own.
    let Some(()) = mounts::namespace() else { return };
    mounts::own_etc(env.path());
    fs::create_dir_all("/etc/cdi").unwrap();
    let spec = Path::new("/etc/cdi/nvidia.yaml");
    fs::write(spec, STALE).unwrap();
    fs::set_permissions(spec, fs::Permissions::from_mode(0o640)).unwrap();
    let programs = env.directory("programs");
    fs::write(programs.join("libcuda.so.550.54.14"), "").unwrap();
    let tool = programs.join("nvidia-ctk");
    fs::write(
        &tool,
        format!(
            "#!/bin/sh\nprintf '%s' '{}'\n",
            STALE.replace("/usr/lib/libcuda.so.535.183.01", "/usr/local/bin/libcuda.so.550.54.14")
        ),
    )
    .unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    mounts::bind(&programs, Path::new("/usr/local/bin"));

    let doctor = |arguments: &[&str]| -> Ended {
        finish(&mut command(&env, Some(&library), "one", &[&["--only", "gpu.cdi"], arguments].concat()))
    };
    says(&json(&doctor(&["--format", "json"])), "gpu.cdi", "warn", "535.183.01, and 550.54.14 runs");
    let repaired = doctor(&["--fix", "--yes"]).expect(0);
    assert!(repaired.stdout.contains("repaired: gpu.cdi"), "{repaired:#?}");
    assert!(fs::read_to_string(spec).unwrap().contains("550.54.14"));
    let again = doctor(&["--fix", "--yes"]).expect(0);
    assert!(again.stdout.contains("nothing was changed"), "{again:#?}");

    finish(&mut command(&env, Some(&library), "one", &["--undo", "--yes"])).expect(0);
    assert_eq!(fs::read_to_string(spec).unwrap(), STALE);
    assert_eq!(fs::metadata(spec).unwrap().permissions().mode() & 0o7777, 0o640);

    let scene = Scene {
        tars: &|arguments| command(&env, Some(&library), "one", &arguments[1..]),
        home: env.home(),
        only: "gpu.cdi",
        breaks: &|| (),
        state: &|| fs::read_to_string(spec).unwrap(),
    };
    scene.is_killed_at_every_step(1);
}
