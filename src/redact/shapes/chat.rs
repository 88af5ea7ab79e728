//! Tokens and secret addresses of chats, of mail and of social networks: a table, and nothing else. Of an
//! address only the part goes that lets a stranger post; the host stays.

use super::{Family, amid, digit, hex, sure, wary};

/// In the order of the field: chats, incoming webhooks, telephony, mail, social networks.
pub(super) const FAMILIES: &[Family] = &[
    // Chats
    sure(
        "slack-token",
        &["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"],
        r"(?:\d{1,2}-\d{6}|\d{9,13}-[A-Za-z0-9])[A-Za-z0-9-]*",
    ),
    sure("slack-token", &["xoxa-", "xoxr-"], r"\d{11,13}"),
    wary("slack-token", &["xoxa-", "xoxo-", "xoxr-", "xoxs-"], "[A-Za-z0-9-]{10,}"),
    wary("slack-token", &["xoxb-", "xoxc-", "xoxe-", "xoxp-"], "[A-Za-z0-9-]{20,}"),
    sure("slack-token", &["xoxe.xoxb-", "xoxe.xoxp-"], r"\d{1,10}-[A-Za-z0-9]{100,}"),
    sure("slack-token", &["xoxd-"], r"[\w%+/-]{20,}={0,2}"),
    wary("slack-token", &["xapp-"], "[0-9]{1,10}-[A-Za-z0-9-]{20,}"),
    sure("slack-webhook", &["hooks.slack.com"], SLACK),
    sure("discord-webhook", &["discord.com", "discordapp.com"], DISCORD),
    wary(
        "discord-token",
        &["MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"],
        r"[\w-]{21,26}\.[\w-]{6}\.[\w-]{27,}",
    ),
    sure("discord-token", &["mfa."], r"[\w-]{80,}"),
    sure("telegram-token", &["/bot"], r"(\d{6,16}(?::|%3A)A[\w-]{34})"),
    amid("telegram-token", (digit, 6, 16), &[":A"], r"[\w-]{33,35}"),
    sure("matrix-token", &["syt_"], "[A-Za-z0-9+/=_-]{20,}"),
    wary("ntfy-token", &["tk_"], "[a-z0-9]{29}"),
    // Incoming webhooks
    sure("teams-webhook", &[".webhook.office.com"], TEAMS),
    sure("teams-webhook", &[".office.com", ".office365.com"], OUTLOOK),
    sure("google-chat-webhook", &["chat.googleapis.com"], GOOGLE_CHAT),
    sure("feishu-webhook", &["open.feishu.cn", "open.larksuite.com"], FEISHU),
    sure("zapier-webhook", &["hooks.zapier.com"], ZAPIER),
    sure("wecom-webhook", &[".weixin.qq.com"], WECOM),
    sure("pagerduty-webhook", &[".pagerduty.com"], r"(?:\\?/|%2F)(?:integration|x-ere)(?:\\?/|%2F)(\w{20,})"),
    sure(
        "healthchecks-address",
        &["hc-ping.com"],
        r"(?:\\?/|%2F)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    ),
    sure("make-webhook", &[".make.com", ".integromat.com"], r"(?:\\?/|%2F)([a-z0-9]{32})"),
    sure("ifttt-webhook", &["maker.ifttt.com"], r"[\w/\\%-]{1,100}(?:\\?/|%2F)key(?:\\?/|%2F)([\w-]{20,})"),
    wary("chat-webhook", &["/hooks"], r"\\?/((?:[A-Za-z0-9]{17,24}\\?/)?[A-Za-z0-9]{26,64})"),
    wary("dingtalk-secret", &["SEC"], "[0-9a-f]{64}"),
    wary("lark-app-id", &["cli_"], "[A-Za-z0-9]{16}"),
    // Telephony and paging
    wary("twilio-key", &["SK", "AC"], "[0-9a-fA-F]{32}"),
    wary("telnyx-key", &["KEY"], r"[\w-]{55}"),
    wary("pagerduty-token", &["u+"], r"[\w+-]{18}"),
    sure("onesignal-key", &["os_v2_app_", "os_v2_org_"], "[a-z2-7]{80,}"),
    sure("gc-notify-key", &["gcntfy-"], r"\w+-[0-9a-f-]{73}"),
    // Mail
    sure("sendgrid-key", &["SG."], r"[\w=.-]{60,}"),
    wary("mailgun-key", &["key-", "pubkey-"], "[0-9a-f]{32}"),
    amid("mailchimp-key", (hex, 32, 32), &["-us"], r"\d{1,2}"),
    wary("mandrill-key", &["md-"], r"[\w-]{22}"),
    sure("brevo-key", &["xkeysib-", "xsmtpsib-"], "[0-9a-fA-F]{64}-[A-Za-z0-9]{16}"),
    wary("resend-key", &["re_"], "[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    sure("mailersend-token", &["mlsn."], "[A-Za-z0-9]{30,}"),
    wary("klaviyo-key", &["pk_"], "[0-9a-z]{34}"),
    sure("nylas-key", &["nyk_"], "[A-Za-z0-9]{60,}"),
    // Social networks
    sure("facebook-token", &["EAA"], "[A-Za-z0-9]{80,}"),
    amid("facebook-token", (digit, 13, 17), &["|", "%7C"], r"[\w-]{27,40}"),
    sure("instagram-token", &["IGQ", "IGAA", "THAA"], r"[\w-]{80,}"),
    sure("twitter-token", &["AAAAAAAAAAAAAAAAAAA"], r"[\w%]{60,}"),
    sure("linkedin-secret", &["WPL_AP1."], r"[\w.=-]{16,}"),
    sure("pinterest-token", &["pina_"], r"[\w-]{20,}"),
    wary("twitch-token", &["oauth:"], "([a-z0-9]{30})"),
    sure("vk-token", &["vk1.a."], r"[\w-]{80,}"),
    wary("lichess-token", &["lip_"], r"\w{16,}"),
    wary("thunderstore-token", &["tss_"], r"[\w-]{20,}"),
    sure("val-town-token", &["vtwn_"], r"[\w-]{20,}"),
    sure("wakatime-key", &["waka_"], "[A-Za-z0-9-]{36,}"),
];

/// A slash may be escaped, as JSON allows it, or encoded, where the address is part of another.
const SLACK: &str = r"(?:\\?/|%2F)(?:services|workflows|triggers)(?:\\?/|%2F)((?:[A-Za-z0-9+_-]+(?:\\?/|%2F)){0,4}[A-Za-z0-9+_-]{8,})";
const DISCORD: &str =
    r"(?:\\?/|%2F)api(?:\\?/|%2F)(?:v\d+(?:\\?/|%2F))?webhooks(?:\\?/|%2F)(\d{16,20}(?:\\?/|%2F)[\w-]{40,})";
const TEAMS: &str =
    r"(?:\\?/|%2F)webhookb2(?:\\?/|%2F)((?:[A-Za-z0-9@-]+(?:\\?/|%2F)){0,4}[A-Za-z0-9@-]{8,})";
const OUTLOOK: &str =
    r"(?:\\?/|%2F)webhook(?:\\?/|%2F)([A-Za-z0-9-]+(?:@|%40)[A-Za-z0-9-]+(?:(?:\\?/|%2F)[A-Za-z0-9-]+){2,4})";
const GOOGLE_CHAT: &str = r"(?:\\?/|%2F)v1(?:\\?/|%2F)spaces(?:\\?/|%2F)([\w-]+(?:\\?/|%2F)messages(?:\?|%3F)key(?:=|%3D)[\w-]+(?:&|&amp;|\\u0026|%26)token(?:=|%3D)[\w-]+)";
const WECOM: &str = r"[\w/\\%-]{1,40}send(?:\?|%3F)key(?:=|%3D)([0-9a-f-]{36})";
const ZAPIER: &str = r"(?:\\?/|%2F)hooks(?:\\?/|%2F)catch(?:\\?/|%2F)(\d+(?:\\?/|%2F)[a-z0-9]{5,})";
const FEISHU: &str = r"[\w/\\%-]{1,40}hook(?:\\?/|%2F)([0-9a-f-]{36})";
