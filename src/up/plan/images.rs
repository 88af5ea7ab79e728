//! Which images are pulled or built before anything is made of them.

use super::{Case, Steps};
use crate::failure::{Failure, Result};
use crate::stack::model::{Pull, Service};
use crate::up::change::Change;

/// How the names of the images begin that are made here, and that no registry has.
const OURS: &str = "localhost/tars:";

/// Adds the steps that bring images, one for each image however many services want it.
///
/// # Errors
/// An image is not there, and may not be pulled.
pub fn plan<'a>(case: &Case<'a>, steps: &mut Steps<'a>) -> Result<()> {
    for service in case.order.iter().copied().filter(|service| service.replicas > 0) {
        let image = service.image.as_str();
        if image.is_empty() || steps.images.contains_key(image) || case.wanted.fresh.contains(image) {
            continue;
        }
        let builder = case.order.iter().copied().find(|other| other.image == image && other.build.is_some());
        let (change, cause) = match builder {
            Some(builder) => {
                let Some(cause) = to_build(case, builder) else { continue };
                (Change::Build { service: builder.name.clone(), image: image.to_string() }, cause)
            }
            None => {
                let Some(cause) = to_pull(case, service)? else { continue };
                (Change::Pull { image: image.to_string() }, cause)
            }
        };
        let step = steps.push(change, cause, Vec::new());
        steps.images.insert(image, step);
    }
    Ok(())
}

fn to_build(case: &Case, service: &Service) -> Option<String> {
    if case.wanted.build {
        Some("`--build` was given".into())
    } else if service.pull == Pull::Build || case.wanted.pull == Some(Pull::Build) {
        Some("`pull_policy: build`".into())
    } else if case.there.images.contains_key(&service.image) {
        None
    } else {
        Some("it does not exist".into())
    }
}

fn to_pull(case: &Case, service: &Service) -> Result<Option<String>> {
    let there = case.there.images.get(&service.image);
    let cause = match (case.wanted.pull.unwrap_or(service.pull), there) {
        (Pull::Never, None) => {
            let (image, name) = (&service.image, &service.name);
            return Err(Failure::environment(format!(
                "the image `{image}` of the service `{name}` is not there, and may not be pulled"
            ))
            .hint(if image.starts_with(OURS) {
                "`tars install --profile docker` makes it out of the program itself".into()
            } else {
                format!(
                    "bring it with `docker load` or `docker pull {image}`, or leave out `pull_policy: never`"
                )
            }));
        }
        (Pull::Always, Some(_)) if case.wanted.pull.is_some() => Some("`--pull always` was given".into()),
        (Pull::Always, Some(_)) => Some("`pull_policy: always`".into()),
        (Pull::Older(seconds), Some(image)) => {
            let is_old =
                image.since.is_none_or(|since| case.wanted.now.saturating_sub_unsigned(seconds) > since);
            is_old.then(|| format!("it was pulled longer ago than {}", span(seconds)))
        }
        (_, Some(_)) => None,
        (_, None) => Some("it is not there".into()),
    };
    Ok(cause)
}

/// `12 h`, `7 d`
fn span(seconds: u64) -> String {
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("min", 60)] {
        if seconds >= length && seconds.is_multiple_of(length) {
            return format!("{} {unit}", seconds / length);
        }
    }
    format!("{seconds} s")
}
