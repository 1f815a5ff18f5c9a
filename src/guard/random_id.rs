//! Names that nobody can guess.

/// `N` random bytes as text.
pub(super) fn random_id<const N: usize>() -> Result<String, getrandom::Error> {
    let mut random = [0_u8; N];
    getrandom::fill(&mut random)?;
    Ok(random.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
