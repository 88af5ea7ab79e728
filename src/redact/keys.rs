//! Which keys a secret stands under: `DB_PASSWORD`, `clientSecret`, `X-Api-Key`, `spring.datasource.password`. A key is
//! taken apart into its words, and the words say how far its value is to be suspected. What the value looks like is
//! not its business.

use std::collections::HashSet;
use std::sync::LazyLock;

/// How far the value of a key is to be suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suspicion {
    /// It is a secret if it is as random as only secrets and digests are.
    Faint,
    /// It is a secret if it is the kind of thing that a token is.
    Likely,
    /// It is a secret, unless it only says where one is.
    Certain,
}

/// Words that name a secret wherever they stand in a key.
const CERTAIN: &str = "\
    password passwd passphrase passwort passcode passwords pwd psk secret credential credentials creds \
    cred requirepass masterauth keypass storepass userpass dbpass smbpass contribsys privatekey \
    presharedkey secretkey clientsecret mnemonic rootpw kennwort wachtwoord";

/// Words that do so at the end of a key only.
const CERTAIN_AT_THE_END: &str = "\
    pass pw passw pword pin keyphrase";

/// What a word may end in to be one of them: `PGPASSWORD`, `appsecret`.
const CERTAIN_ENDINGS: &[&str] = &["password", "passwd", "passphrase", "secret", "pwd", "passwort"];

/// What the last word may end in to be one of them: `SSHPASS`, `dbpw`.
const CERTAIN_ENDINGS_AT_THE_END: &[&str] = &["pass", "pw"];

/// Words that end so and are no secrets: ways, tools to find them, filters, rounds of a program.
const OTHER_PASSES: &str = "\
    bypass compass encompass trespass surpass overpass underpass multipass renderpass subpass lowpass \
    highpass bandpass allpass onepass twopass singlepass firstpass secondpass prepass postpass keepass";

/// Words that name something of which a part are secrets.
const LIKELY: &str = "\
    token tokens apikey apikeys authkey accesskey authorization bearer jwt cookie cookies session \
    sessionid sid phpsessid jsessionid connectsid otp totp seed webhook dsn pat sas signature sig csrf \
    xsrf licensekey accountkey sharedaccesskey authtoken accesstoken refreshtoken idtoken apitoken \
    signingkey encryptionkey masterkey sharedkey jaas identitytoken registrytoken hmac unseal";

/// What a word may end in to be one of them.
const LIKELY_ENDINGS: &[&str] = &["token", "apikey", "accesskey", "authkey", "signingkey", "encryptionkey"];

/// Words before `key` that make it a token.
const KEY_AFTER: &str = "\
    api access auth secret private priv signing sign encryption encrypt crypto cipher master shared \
    account service admin root app application client server consumer license licence deploy storage \
    subscription session jwt hmac aes rsa ssh wg write read integration ingestion ingest restricted live \
    prod production test sandbox user personal global management partner merchant webhook host recovery \
    unlock unseal data maps search rest sdk bot record signature event project";

/// Words before `key` that make it anything but one.
const NOT_A_KEY_AFTER: &str = "\
    public pub primary foreign sort partition cache row object map dict hash lookup message routing \
    shard unique index composite natural surrogate idempotency translation locale i18n group registry \
    arrow hot key any press the by on missing duplicate tag label field item query config configuration \
    setting json yaml toml metadata issuer subject authority turn low minisat";

/// Words at the end of a key that make it speak of a secret without being one.
const ABOUT: &str = "\
    file files filename path paths dir directory name names count counts size length len min max minimum \
    maximum ttl expiry expires expire expired expiration age lifetime timeout type types kind policy \
    field fields label hint prompt enabled disabled enable disable required optional algorithm alg algo \
    version strength rotation index idx usage mode format limit limits used total prefix suffix host \
    hosts port method status state error errors failed failures failure attempts reset changed created \
    updated at exists valid validity validator validation check checks checker provider providers \
    manager input generator encoder encoders hasher hashers parser handler helper util utils service class \
    interface factory endpoint \
    issuer audience scope scopes per rate budget window bits bytes chars characters rules rule column \
    table variable var env param parameter template templates pattern regex position offset fingerprint \
    thumbprint present missing set encoding hash digest checksum sha sha256 sha1 md5 commit revision etag \
    url uri \
    urls source ref reference arn location mount engine backend duration interval period days seconds \
    minutes hours date time year owner group hashing less protected authentication storage box dialog \
    form page button placeholder confirmation strategy mechanism mechanisms needed available supported \
    allowed store stores usages management loader cache stdin";

/// Names of services whose keys bear them, as their own documents write the variables.
const SERVICES: &str = "\
    abuseipdb adafruit adobe adyen agora airbrake airtable aiven akamai alchemy algolia alibaba aliyun \
    amadeus amazon amplitude anthropic anypoint apify apollo appcenter artifactory artsy asana \
    assemblyai atlassian auth0 authress aws azure bamboo bandwidth beamer bitbucket bitfinex bitly \
    bitrise bittrex bitwarden blockprotocol blynk box braintree branch brevo browserstack bugsnag \
    builderio buildkite buttercms calendly canva carto cartodb censys chatwork checkout cielo circleci \
    cisco civo clarifai clearbit clerk clickhouse clickup closecrm cloudant cloudflare cloudinary \
    cloudsight codacy codeclimate codecov cohere coinbase configcat confluent consul contentful \
    coralogix couchbase courier coveralls crossmint crowdin crowdstrike curseforge cursor databento \
    databricks datadog datagov deepai deepgram deepl deepseek deno dependency diffbot digitalocean \
    discord discourse django dnsimple docker dockerhub docusign doppler droneci dropbox duffel duo \
    dwolla dynatrace easypost elastic elasticsearch elevenlabs endorlabs etherscan etsy eventbrite exa \
    facebook fastly fedex figma fileio finicity finnhub firebase fireworks flickr flutterwave fly \
    foursquare frameio freemius freshbooks freshdesk fullstory gcp gemini geoapify ghost giphy github \
    gitlab gitter gocardless godaddy google grafana graphcms groq guardian gumroad harness hashicorp \
    heap helpscout heroku honeybadger honeycomb hubspot huggingface hunter ibm infracost infura \
    instagram intercom intra42 ipinfo ipstack jenkins jfrog jira jotform jumpcloud kagi kickbox klaviyo \
    kraken kucoin langchain langfuse langsmith launchdarkly linear linkedin linode lob logdna loggly \
    logzio looker luma mailchimp mailerlite mailgun mailjet mandrill mapbox mapquest mattermost maxmind \
    meraki messagebird meta microsoft miro mistral mixpanel monday mongo mongodb moz muxcom nasa netlify \
    newrelic ngrok nightfall notion npm nuget nutritionix nvidia nytimes octopus okta ollama onelogin \
    onesignal openai opencage openrouter openweather openweathermap opsgenie optimizely oracle pagerduty \
    parsers particle paypal paystack pendo perplexity phrase pinecone pingdom pinterest pipedrive plaid \
    planetscale plivo polygon postgres posthog postman postmark prefect privateai proxycrawl pubnub \
    pulumi pusher pypi qualys rapidapi raygun razorpay readme recaptcha reddit redis replicate resend \
    retell retool ringcentral riot rollbar rubygems runpod salesforce samsara sauce saucelabs scaleway \
    scalingo scalr scraperapi scrapingbee securitytrails segment semaphore sendbird sendgrid sendinblue \
    sentry sharepoint shippo shodan shopify shortcut sidekiq sinch slack smartsheet snapchat snowflake \
    snyk sonar sonarcloud sonarqube soundcloud sourcegraph splunk spotify square squarespace sslmate \
    stability stackhawk stackpath statuspage strava stripe stytch sumo sumologic supabase surveymonkey \
    tableau tailscale tavily teamcity telegram telesign telnyx terraform thingsboard ticketmaster tiktok \
    tines todoist together travis travisci trello truenas twilio twitch twitter typeform unsplash \
    uploadcare upstage upstash urlscan vault vercel vimeo virustotal vonage voyage vultr wakatime \
    walkscore wandb weatherapi weatherbit weatherstack webex webflow weightsandbiases wistia wiz \
    woocommerce wordpress workato workos xai yandex yelp youtube zai zapier zendesk zenscrape zerobounce \
    zerotier zoho zoom zuplo";

static SETS: LazyLock<Sets> = LazyLock::new(|| {
    let set = |words: &'static str| words.split_whitespace().collect();
    Sets {
        certain: set(CERTAIN),
        certain_at_the_end: set(CERTAIN_AT_THE_END),
        other_passes: set(OTHER_PASSES),
        likely: set(LIKELY),
        key_after: set(KEY_AFTER),
        not_a_key_after: set(NOT_A_KEY_AFTER),
        about: set(ABOUT),
        services: set(SERVICES),
    }
});

struct Sets {
    certain: HashSet<&'static str>,
    certain_at_the_end: HashSet<&'static str>,
    other_passes: HashSet<&'static str>,
    likely: HashSet<&'static str>,
    key_after: HashSet<&'static str>,
    not_a_key_after: HashSet<&'static str>,
    about: HashSet<&'static str>,
    services: HashSet<&'static str>,
}

/// Whether `key` after this word is one, as in `unseal key 2: …`.
pub fn makes_a_key(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| SETS.key_after.contains(word.to_ascii_lowercase().as_str()))
}

/// What a key of a secret has in it, beside the names of services; and a few passwords that need no key.
const STEMS: &str = "\
    pass pwd secret token key cred auth bearer jwt cookie session sid otp seed mnemonic webhook dsn psk \
    pw sig sas csrf xsrf pin code salt basic private client license licence jaas hmac _pat pat_ account \
    identified login contribsys phrase unseal kennwort wachtwoord passwort p@ss letmein qwerty iloveyou";

/// What to look for to find the places where a key could be, in lower case.
pub fn stems() -> Vec<&'static str> {
    let mut stems: Vec<&str> = STEMS.split_whitespace().collect();
    stems.extend(SERVICES.split_whitespace());
    stems
}

/// The longest thing that is taken for a key.
pub const LONGEST: usize = 96;

/// How far the value under this key is to be suspected; none where it is not.
pub fn suspicion(key: &[u8]) -> Option<Suspicion> {
    if key.is_empty() || key.len() > LONGEST {
        return None;
    }
    let words = words(key);
    let last = words.last()?.as_str();
    let sets = &*SETS;
    let found = judge(&words, sets);
    match found {
        // `password_file` says where it is; `access_key_id` is half of one.
        Some(_) if sets.about.contains(last) && words.len() > 1 => None,
        Some(_) if words.iter().any(|word| word == "public" || word == "jsonwebtoken") => None,
        Some(found) if matches!(last, "id" | "ids") => of_an_id(&words, found, sets),
        Some(found) => Some(found),
        None => faint(&words, sets).then_some(Suspicion::Faint),
    }
}

/// `credentialsId` says which; `secret_id` is one; `access_key_id` is half of one.
fn of_an_id(words: &[String], found: Suspicion, sets: &Sets) -> Option<Suspicion> {
    let has = |name: &str| words.iter().any(|word| word == name);
    let of_a_service = words.iter().any(|word| sets.services.contains(word.as_str()));
    match found {
        Suspicion::Certain if has("secret") && words.len() <= 3 => Some(Suspicion::Likely),
        Suspicion::Certain => None,
        _ if has("session") || (of_a_service && has("access") && !has("key")) => Some(Suspicion::Likely),
        _ => Some(Suspicion::Faint),
    }
}

fn judge(words: &[String], sets: &Sets) -> Option<Suspicion> {
    let ends = |word: &str, endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let is_last = at + 1 == words.len();
        // `password2`, `passwords`
        let word = if word.len() > 5 { word.trim_end_matches(|c: char| c.is_ascii_digit()) } else { word };
        let one = word.strip_suffix('s').unwrap_or(word);
        let is_one =
            sets.certain.contains(one) || sets.certain_at_the_end.contains(one) || ends(one, CERTAIN_ENDINGS);
        let word = if is_one && word != "secrets" && word != "pass" { one } else { word };
        if word == "secrets" {
            found = Some(Suspicion::Likely);
        }
        if sets.certain.contains(word) || ends(word, CERTAIN_ENDINGS) {
            return Some(Suspicion::Certain);
        }
        let ends_so = || ends(word, CERTAIN_ENDINGS_AT_THE_END) && !sets.other_passes.contains(word);
        if is_last && (sets.certain_at_the_end.contains(word) || ends_so()) {
            return Some(Suspicion::Certain);
        }
        if sets.likely.contains(word) || ends(word, LIKELY_ENDINGS) {
            found = Some(Suspicion::Likely);
        }
        if matches!(word, "key" | "keys") && at > 0 {
            let before = words[at - 1].as_str();
            if matches!(before, "private" | "secret" | "preshared") {
                return Some(Suspicion::Certain);
            }
            let of_a_service = words[..at].iter().any(|word| sets.services.contains(word.as_str()));
            if sets.key_after.contains(before) || (of_a_service && !sets.not_a_key_after.contains(before)) {
                found = Some(Suspicion::Likely);
            }
        }
    }
    let of_a_service = words.iter().any(|word| sets.services.contains(word.as_str()));
    let last = words.last().map_or("", String::as_str);
    if found.is_none()
        && of_a_service
        && matches!(last, "auth" | "access" | "api" | "hec" | "license" | "integration")
    {
        return Some(Suspicion::Likely);
    }
    if found.is_none()
        && of_a_service
        && words.len() > 1
        && last == "id"
        && words.iter().any(|word| word == "access")
    {
        return Some(Suspicion::Likely);
    }
    found
}

fn faint(words: &[String], sets: &Sets) -> bool {
    let last = words.last().map_or("", String::as_str);
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    if words.iter().any(|word| sets.services.contains(word.as_str())) {
        return !sets.about.contains(last);
    }
    match last {
        "key" | "keys" => !sets.not_a_key_after.contains(before),
        "auth" | "salt" | "login" | "code" | "private" | "apikeyid" => true,
        // `access_key_id`, `client_id`
        "id" => words.iter().any(|word| matches!(word.as_str(), "key" | "client" | "consumer")),
        _ => false,
    }
}

/// The words of a key, in lower case: parted where anything but letters and digits stands, and where a small letter
/// is followed by a capital, as in `clientSecret` or `DBPassword`.
fn words(key: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, byte) in key.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = at.checked_sub(1).map_or(b' ', |before| key[before]);
        let after = key.get(at + 1).copied().unwrap_or(b' ');
        let begins = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if begins {
            words.push(std::mem::take(&mut word));
        }
        word.push(char::from(byte.to_ascii_lowercase()));
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_words() {
        for key in [
            "password",
            "DB_PASSWORD",
            "PGPASSWORD",
            "smbPassword",
            "MYSQL_PWD",
            "spring.datasource.password",
            "passphrase",
            "client_secret",
            "clientSecret",
            "SECRET_KEY_BASE",
            "aws_secret_access_key",
            "privateKey",
            "TARS_POSTGRES_PASSWORD",
            "db_pass",
            "pass",
            "credentials",
            "wifi-psk",
            "requirepass",
            "DJANGO_SECRET_KEY",
            "userPwd",
            "appsecret",
            "pw",
            "pword",
            "dbpw",
            "bindpw",
            "SSHPASS",
            "MYSQLPASS",
            "FTPPASS",
            "LDAPPASS",
            "ROOTPASS",
        ] {
            assert_eq!(suspicion(key.as_bytes()), Some(Suspicion::Certain), "{key}");
        }
        for key in [
            "token",
            "access_token",
            "X-Api-Key",
            "apiKey",
            "API_KEY",
            "authorization",
            "GITHUB_PAT",
            "SENTRY_DSN",
            "jwt",
            "csrftoken",
            "authToken",
            "AccountKey",
            "datadog_api_key",
            "OPENAI_KEY",
            "sessionid",
            "webhook",
            "x-amz-security-token",
        ] {
            assert_eq!(suspicion(key.as_bytes()), Some(Suspicion::Likely), "{key}");
        }
        for key in ["key", "datadog", "adafruit.io", "auth", "client_id", "aws_access_key_id", "salt"] {
            assert_eq!(suspicion(key.as_bytes()), Some(Suspicion::Faint), "{key}");
        }
        for key in [
            "password_file",
            "token_type",
            "tokenizer",
            "keyboard",
            "monkey",
            "bypass",
            "compass",
            "encompass",
            "trespass",
            "band_lowpass",
            "renderpass",
            "multipass",
            "keepass",
            "passenger",
            "cache_key",
            "public_key",
            "primary_key",
            "max_tokens_per_minute_limit",
            "password-policy",
            "secretName",
            "keystore",
            "author",
            "authority",
            "key_usage",
            "passed",
            "session_timeout",
            "",
        ] {
            assert_eq!(suspicion(key.as_bytes()), None, "{key}");
        }
    }

    /// What holds no stem is never looked at, however it is listed.
    #[test]
    fn every_listed_word_holds_a_stem() {
        let stems = stems();
        let lists = [CERTAIN, CERTAIN_AT_THE_END, LIKELY].map(str::split_whitespace).into_iter().flatten();
        let endings = [CERTAIN_ENDINGS, CERTAIN_ENDINGS_AT_THE_END, LIKELY_ENDINGS].concat();
        for word in lists.chain(endings) {
            // A pat is told from what it begins, such as a path, by the line beside it.
            let word = if word == "pat" { "github_pat" } else { word };
            assert!(stems.iter().any(|stem| word.contains(stem)), "{word}");
        }
    }
}
