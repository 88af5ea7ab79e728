//! What each key of a service becomes.

use super::*;

/// What a service says, where in the request it ends, and as what.
const KEYS: &[(&str, &str, &str)] = &[
    ("command: [say, 'a b']", "/Cmd", r#"["say","a b"]"#),
    ("command: say 'a b'", "/Cmd", r#"["say","a b"]"#),
    ("command: []", "/Cmd", "[]"),
    ("entrypoint: /part", "/Entrypoint", r#"["/part"]"#),
    ("environment: [B=2, A=1, C, 'D=']", "/Env", r#"["A=1","B=2","C","D="]"#),
    ("stop_grace_period: 1m30s", "/StopTimeout", "90"),
    ("stop_signal: SIGINT", "/StopSignal", r#""SIGINT""#),
    ("tty: true", "/Tty", "true"),
    ("stdin_open: true", "/OpenStdin", "true"),
    ("hostname: h", "/Hostname", r#""h""#),
    ("domainname: d", "/Domainname", r#""d""#),
    ("working_dir: /w", "/WorkingDir", r#""/w""#),
    ("user: '7:7'", "/User", r#""7:7""#),
    ("init: false", "/HostConfig/Init", "false"),
    ("read_only: true", "/HostConfig/ReadonlyRootfs", "true"),
    ("privileged: true", "/HostConfig/Privileged", "true"),
    ("group_add: [mail, 7]", "/HostConfig/GroupAdd", r#"["mail","7"]"#),
    ("annotations: {a: b}", "/HostConfig/Annotations", r#"{"a":"b"}"#),
    ("shm_size: 64m", "/HostConfig/ShmSize", "67108864"),
    ("sysctls: [net.a=1]", "/HostConfig/Sysctls", r#"{"net.a":"1"}"#),
    ("dns: 9.9.9.9", "/HostConfig/Dns", r#"["9.9.9.9"]"#),
    ("dns_search: [a, b]", "/HostConfig/DnsSearch", r#"["a","b"]"#),
    ("dns_opt: ['ndots:3']", "/HostConfig/DnsOptions", r#"["ndots:3"]"#),
    ("extra_hosts: ['a=1.2.3.4', 'b:::1']", "/HostConfig/ExtraHosts", r#"["a:1.2.3.4","b:::1"]"#),
    ("cgroup: host", "/HostConfig/CgroupnsMode", r#""host""#),
    ("uts: host", "/HostConfig/UTSMode", r#""host""#),
    ("userns_mode: host", "/HostConfig/UsernsMode", r#""host""#),
    ("runtime: runc", "/HostConfig/Runtime", r#""runc""#),
    ("isolation: default", "/HostConfig/Isolation", r#""default""#),
    ("storage_opt: {size: 1G}", "/HostConfig/StorageOpt", r#"{"size":"1G"}"#),
    ("oom_score_adj: -5", "/HostConfig/OomScoreAdj", "-5"),
    ("oom_kill_disable: true", "/HostConfig/OomKillDisable", "true"),
    ("network_mode: host", "/HostConfig/NetworkMode", r#""host""#),
    ("network_mode: 'container:x'", "/HostConfig/NetworkMode", r#""container:x""#),
    ("ports: ['80']", "/HostConfig/PortBindings", r#"{"80/tcp":[{"HostIp":"","HostPort":""}]}"#),
    (
        "ports: ['1.2.3.4:8080:80/udp']",
        "/HostConfig/PortBindings",
        r#"{"80/udp":[{"HostIp":"1.2.3.4","HostPort":"8080"}]}"#,
    ),
    (
        "ports: [{target: 8, published: 9-11}]",
        "/HostConfig/PortBindings",
        r#"{"8/tcp":[{"HostIp":"","HostPort":"9-11"}]}"#,
    ),
    (
        "{ports: ['80'], expose: ['90-91', '5/udp']}",
        "/ExposedPorts",
        r#"{"5/udp":{},"80/tcp":{},"90/tcp":{},"91/tcp":{}}"#,
    ),
    (
        "logging: {driver: local, options: {max-size: 1m}}",
        "/HostConfig/LogConfig",
        r#"{"Type":"local","Config":{"max-size":"1m"}}"#,
    ),
    ("restart: always", "/HostConfig/RestartPolicy", r#"{"Name":"always"}"#),
    (
        "restart: 'on-failure:3'",
        "/HostConfig/RestartPolicy",
        r#"{"Name":"on-failure","MaximumRetryCount":3}"#,
    ),
    (
        "{restart: always, deploy: {restart_policy: {condition: none}}}",
        "/HostConfig/RestartPolicy",
        r#"{"Name":"no"}"#,
    ),
    ("healthcheck: {disable: true}", "/Healthcheck", r#"{"Test":["NONE"]}"#),
    (
        "healthcheck: {test: a b, interval: 1s}",
        "/Healthcheck",
        r#"{"Test":["CMD-SHELL","a b"],"Interval":1000000000}"#,
    ),
    (
        "healthcheck: {start_period: 2s, start_interval: 1s}",
        "/Healthcheck",
        r#"{"StartPeriod":2000000000,"StartInterval":1000000000}"#,
    ),
    ("cpus: 0.1", "/HostConfig/NanoCpus", "100000000"),
    ("deploy: {resources: {limits: {cpus: '1.5'}}}", "/HostConfig/NanoCpus", "1500000000"),
    ("cpu_rt_runtime: 950000", "/HostConfig/CpuRealtimeRuntime", "950000"),
    ("cpuset: 0-1", "/HostConfig/CpusetCpus", r#""0-1""#),
    ("mem_limit: 1.5g", "/HostConfig/Memory", "1610612736"),
    ("deploy: {resources: {limits: {memory: 64M}}}", "/HostConfig/Memory", "67108864"),
    ("deploy: {resources: {reservations: {memory: 1k}}}", "/HostConfig/MemoryReservation", "1024"),
    ("memswap_limit: -1", "/HostConfig/MemorySwap", "-1"),
    ("mem_swappiness: 0", "/HostConfig/MemorySwappiness", "null"),
    ("pids_limit: -1", "/HostConfig/PidsLimit", "-1"),
    ("deploy: {resources: {limits: {pids: 9}}}", "/HostConfig/PidsLimit", "9"),
    (
        "ulimits: {core: 0, nofile: {soft: 1, hard: 2}}",
        "/HostConfig/Ulimits",
        r#"[{"Name":"core","Soft":0,"Hard":0},{"Name":"nofile","Soft":1,"Hard":2}]"#,
    ),
    (
        "blkio_config: {weight: 300, device_read_bps: [{path: /dev/sda, rate: 1m}]}",
        "/HostConfig/BlkioDeviceReadBps",
        r#"[{"Path":"/dev/sda","Rate":1048576}]"#,
    ),
    (
        "devices: ['/dev/a:/dev/b:r', 'v.com/c=0']",
        "/HostConfig/Devices",
        r#"[{"PathOnHost":"/dev/a","PathInContainer":"/dev/b","CgroupPermissions":"r"}]"#,
    ),
    (
        "devices: ['v.com/c=0']",
        "/HostConfig/DeviceRequests",
        r#"[{"Driver":"cdi","DeviceIDs":["v.com/c=0"]}]"#,
    ),
    ("gpus: all", "/HostConfig/DeviceRequests", r#"[{"Count":-1,"Capabilities":[["gpu"]]}]"#),
    (
        "deploy: {resources: {reservations: {devices: [{driver: nvidia, device_ids: ['0'], capabilities: [gpu]}]}}}",
        "/HostConfig/DeviceRequests",
        r#"[{"Driver":"nvidia","DeviceIDs":["0"],"Capabilities":[["gpu"]]}]"#,
    ),
    ("device_cgroup_rules: ['c 1:3 mr']", "/HostConfig/DeviceCgroupRules", r#"["c 1:3 mr"]"#),
    ("cap_drop: [all]", "/HostConfig/CapDrop", r#"["ALL"]"#),
    (
        "cap_add: [sys_time, NET_ADMIN, CAP_SYS_TIME]",
        "/HostConfig/CapAdd",
        r#"["CAP_NET_ADMIN","CAP_SYS_TIME"]"#,
    ),
    ("security_opt: [no-new-privileges]", "/HostConfig/SecurityOpt", r#"["no-new-privileges"]"#),
    ("security_opt: [systempaths=unconfined]", "/HostConfig/MaskedPaths", "[]"),
    ("tmpfs: ['/run', '/tmp:size=1m']", "/HostConfig/Tmpfs", r#"{"/run":"","/tmp":"size=1m"}"#),
    ("volumes: ['./a:/a:ro,z']", "/HostConfig/Binds", r#"["/srv/home/a:/a:ro,z"]"#),
    (
        "volumes: ['/a:/b:rshared']",
        "/HostConfig/Mounts",
        r#"[{"Type":"bind","Source":"/a","Target":"/b","ReadOnly":false,"BindOptions":{"CreateMountpoint":true,"Propagation":"rshared"}}]"#,
    ),
    (
        "volumes: [{type: bind, source: /a, target: /b, bind: {create_host_path: false}}]",
        "/HostConfig/Mounts",
        r#"[{"Type":"bind","Source":"/a","Target":"/b","ReadOnly":false,"BindOptions":{"CreateMountpoint":false}}]"#,
    ),
    (
        "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1k, mode: 0o1777}}]",
        "/HostConfig/Mounts",
        r#"[{"Type":"tmpfs","Target":"/t","ReadOnly":false,"TmpfsOptions":{"SizeBytes":1024,"Mode":1023}}]"#,
    ),
    (
        "volumes: [/data]",
        "/HostConfig/Mounts",
        r#"[{"Type":"volume","Target":"/data","ReadOnly":false,"VolumeOptions":{}}]"#,
    ),
    (
        "volumes: [{type: image, source: i, target: /i, image: {subpath: s}}]",
        "/HostConfig/Mounts",
        r#"[{"Type":"image","Source":"i","Target":"/i","ReadOnly":false,"ImageOptions":{"Subpath":"s"}}]"#,
    ),
    (
        "mac_address: '02:00:00:00:00:01'",
        "/NetworkingConfig/EndpointsConfig/home_default/MacAddress",
        r#""02:00:00:00:00:01""#,
    ),
    (
        "networks: {default: {interface_name: eth7, gw_priority: 3}}",
        "/NetworkingConfig/EndpointsConfig/home_default",
        r#"{"Aliases":["home-web-1","web"],"IPAMConfig":{},"GwPriority":3,"DriverOpts":{"com.docker.network.endpoint.ifname":"eth7"}}"#,
    ),
    (
        "networks: {default: {ipv4_address: 10.0.0.9, link_local_ips: [169.254.8.8], aliases: [w]}}",
        "/NetworkingConfig/EndpointsConfig/home_default",
        r#"{"Aliases":["home-web-1","web","w"],"IPAMConfig":{"IPv4Address":"10.0.0.9","LinkLocalIPs":["169.254.8.8"]}}"#,
    ),
];

/// A compose file whose service says this.
fn file(says: &str) -> String {
    let says = if says.starts_with('{') { format!("<<: {says}") } else { says.to_owned() };
    let pool = "networks: {default: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}";
    format!("services:\n  web:\n    image: a\n    {says}\n{pool}\n")
}

#[test]
fn every_key_has_its_place() {
    for (says, path, expected) in KEYS {
        let made = body(&web(&file(says), NEW));
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(made.pointer(path).unwrap_or(&Value::Null), &expected, "{says}");
    }
}

#[test]
fn the_platform_is_that_of_the_service_or_of_the_environment() {
    for (says, expected) in [("platform: linux/arm64", "linux/arm64"), ("tty: true", "linux/amd64")] {
        let mut stack = stack(&file(says));
        stack.platform = Some("linux/amd64".into());
        assert_eq!(ask(&stack, OLD, None).unwrap().platform.as_deref(), Some(expected));
    }
}
