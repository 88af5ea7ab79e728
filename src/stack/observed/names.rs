//! Which of the images that are there is meant by what a service says: `nginx` is `docker.io/library/nginx:latest`, and
//! an image may be named by its tag, its digest or its id. It asks nobody.

/// Where an image comes from that names no registry.
const REGISTRY: &str = "docker.io";

/// Whose images of that registry have one word for a name.
const LIBRARY: &str = "library";

/// What of an id is enough to name an image, in hexadecimal digits.
const SHORTEST: usize = 12;

/// Whether the image with this id, these tags and these digests is the one of this name.
pub fn is_meant(name: &str, id: &str, tags: &[String], digests: &[String]) -> bool {
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    if hex.len() >= SHORTEST && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return id.strip_prefix("sha256:").unwrap_or(id).starts_with(hex);
    }
    match name.split_once('@') {
        Some((name, digest)) => {
            let name = repository(without_tag(name));
            digests.iter().any(|known| {
                known
                    .split_once('@')
                    .is_some_and(|(other, known)| known == digest && repository(other) == name)
            })
        }
        None => {
            let wanted = (repository(without_tag(name)), tag(name));
            tags.iter().any(|known| (repository(without_tag(known)), tag(known)) == wanted)
        }
    }
}

/// Whether an image with these tags is the one that Podman would mean by a name without a registry: what is built under
/// `home-web`, it calls `localhost/home-web`. Docker never does.
pub fn is_local(name: &str, tags: &[String]) -> bool {
    let has_registry = name.split_once('/').is_some_and(|(first, _)| is_registry(first));
    !has_registry
        && !name.contains('@')
        && tags.iter().any(|known| {
            let local = known.strip_prefix("localhost/");
            local.is_some_and(|known| (without_tag(known), tag(known)) == (without_tag(name), tag(name)))
        })
}

/// `nginx` → `docker.io/library/nginx`
fn repository(name: &str) -> String {
    match name.split_once('/') {
        None => format!("{REGISTRY}/{LIBRARY}/{name}"),
        Some((first, rest)) if is_registry(first) => match first {
            "docker.io" | "index.docker.io" if !rest.contains('/') => format!("{REGISTRY}/{LIBRARY}/{rest}"),
            "index.docker.io" => format!("{REGISTRY}/{rest}"),
            _ => name.to_string(),
        },
        Some(_) => format!("{REGISTRY}/{name}"),
    }
}

fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The colon of a port stands before a slash, that of a tag does not.
fn split_tag(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
}

fn without_tag(name: &str) -> &str {
    split_tag(name).map_or(name, |(name, _)| name)
}

fn tag(name: &str) -> &str {
    split_tag(name).map_or("latest", |(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_many_names() {
        const ID: &str = "sha256:2df1621008fd60009e9e9cece54d333745b20db6b78973c9759a7aaaaaaaaaaa";
        for (said, there, meant) in [
            ("nginx", "nginx:latest", true),
            ("nginx:1", "nginx:latest", false),
            ("docker.io/library/nginx:1", "nginx:1", true),
            ("docker.io/nginx:1", "nginx:1", true),
            ("index.docker.io/grafana/grafana:1", "grafana/grafana:1", true),
            ("grafana/grafana", "grafana/grafana:latest", true),
            ("localhost:5000/a", "localhost:5000/a:latest", true),
            ("localhost:5000/a", "a:latest", false),
            ("localhost/a:2", "localhost/a:2", true),
            ("ghcr.io/x/y:3", "ghcr.io/x/y:3", true),
            ("ghcr.io/x/y:3", "x/y:3", false),
            (ID, "x:1", true),
            ("2df1621008fd", "x:1", true),
            ("2df1621008ff", "x:1", false),
            ("decade", "decade:latest", true),
        ] {
            assert_eq!(is_meant(said, ID, &[there.to_string()], &[]), meant, "{said} and {there}");
        }
    }

    #[test]
    fn podman_keeps_what_it_builds_under_its_own_name() {
        for (said, there, local) in [
            ("home-web", "localhost/home-web:latest", true),
            ("mine/web:2", "localhost/mine/web:2", true),
            ("home-web:2", "localhost/home-web:latest", false),
            ("home-web", "localhost:5000/home-web:latest", false),
            ("home-web", "home-web:latest", false),
            ("docker.io/web", "localhost/docker.io/web:latest", false),
        ] {
            assert_eq!(is_local(said, &[there.to_string()]), local, "{said} and {there}");
        }
    }

    #[test]
    fn a_digest_is_what_counts_where_one_is_said() {
        let digests = ["nginx@sha256:aa".to_string()];
        let tags = ["nginx:1".to_string()];
        for (said, meant) in [
            ("nginx@sha256:aa", true),
            ("nginx:9@sha256:aa", true),
            ("nginx@sha256:bb", false),
            ("httpd@sha256:aa", false),
        ] {
            assert_eq!(is_meant(said, "sha256:cc", &tags, &digests), meant, "{said}");
        }
    }
}
