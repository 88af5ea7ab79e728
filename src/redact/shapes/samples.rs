//! Keys of Google that are not secret, because Google publishes them itself: those in the samples and tests of its
//! libraries for Firebase. They are known by a part of their hash, so that this file does not look like a leak
//! itself. What a manual writes in place of a key is known by its form, and not here.

use sha2::{Digest, Sha256};

/// The first eight bytes of the SHA-256 of each, in order.
const PUBLISHED: [u64; 16] = [
    0x0b47_6bdf_9acf_2123,
    0x2037_abca_ffb2_b777,
    0x27a9_a429_31df_f7eb,
    0x37f8_f09b_df12_c2f2,
    0x3a8b_61d0_f636_b007,
    0x3f37_0c9d_d822_5c63,
    0x49f7_77db_995e_8260,
    0x4c98_242d_cadc_8b29,
    0x8731_261c_b72d_8626,
    0xa19f_89ab_3555_eac1,
    0xa6c8_14bc_555a_e62c,
    0xdc0f_cf04_6c61_640c,
    0xe4a5_542b_b7fd_7b67,
    0xea9b_b108_2cf9_5663,
    0xeb54_0d2b_6ee2_a0a4,
    0xf56e_3234_94a6_ffc2,
];

/// Whether this is one of them.
pub(super) fn has(token: &[u8]) -> bool {
    token.starts_with(b"AIza") && PUBLISHED.binary_search(&start_of_hash(token)).is_ok()
}

fn start_of_hash(token: &[u8]) -> u64 {
    Sha256::digest(token).iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_is_known_and_no_other() {
        assert!(PUBLISHED.is_sorted());
        let alphabet = String::from_utf8((b'a'..=b'z').collect()).unwrap();
        let one = format!("AIzaSy{alphabet}1234567");
        assert!(has(one.as_bytes()));
        assert!(!has(one.replace('a', "b").as_bytes()));
    }
}
