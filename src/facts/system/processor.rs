//! The processor, from `/proc/cpuinfo`: its name, how many of it there are, and those of its abilities that
//! comparing vectors is fast with. The other flags say nothing that matters here.

use serde::{Deserialize, Serialize};

/// The abilities that are kept, as `/proc/cpuinfo` writes them on x86-64 and on ARM.
const OF_INTEREST: &[&str] = &[
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512bw",
    "avx512vnni",
    "avx_vnni",
    "asimd",
    "asimddp",
    "sve",
];

/// The processor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Processor {
    /// What it is called.
    pub model: String,
    /// How many of it may run at once.
    pub cores: u64,
    /// Those of its abilities that vector code uses.
    pub features: Vec<String>,
}

/// Reads `/proc/cpuinfo`.
pub(super) fn parse(text: &str) -> Processor {
    let values = |key: &'static str| {
        text.lines().filter_map(move |line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == key).then(|| value.trim())
        })
    };
    let flags: Vec<&str> =
        values("flags").chain(values("Features")).next().unwrap_or("").split(' ').collect();
    Processor {
        model: values("model name").chain(values("Model")).next().unwrap_or("unnamed").to_string(),
        cores: values("processor").count() as u64,
        features: OF_INTEREST
            .iter()
            .filter(|name| flags.contains(name))
            .map(|name| (*name).to_string())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_of_both_kinds_are_read() {
        let intel = "processor\t: 0\nmodel name\t: A Xeon\nflags\t\t: fpu avx avx2 fma avx512f\n\nprocessor\t: 1\nmodel name\t: A Xeon\nflags\t\t: fpu\n";
        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm asimddp\n\nModel\t\t: Raspberry Pi 5\n";
        let features = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
        assert_eq!(
            parse(intel),
            Processor {
                model: "A Xeon".into(),
                cores: 2,
                features: features(&["avx", "avx2", "fma", "avx512f"])
            }
        );
        assert_eq!(
            parse(arm),
            Processor { model: "Raspberry Pi 5".into(), cores: 1, features: features(&["asimd", "asimddp"]) }
        );
        assert_eq!(
            parse("nothing: :\n\u{fffd}"),
            Processor { model: "unnamed".into(), ..Processor::default() }
        );
    }
}
