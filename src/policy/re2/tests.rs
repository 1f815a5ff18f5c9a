//! What RE2 rejects, accepts and means.

use super::*;

#[test]
fn what_re2_refuses_is_told() {
    for (pattern, why) in [
        ("(", "not closed"),
        ("a)", "not opened"),
        ("[a", "class is not closed"),
        ("(?=x)", "look-around"),
        ("(?<!x)", "look-around"),
        (r"(a)\1", "backreferences"),
        ("(?P<n>a)(?P=n)", "backreferences"),
        ("(?P<n>a)(?P<n>b)", "two groups"),
        ("(?x) a b", "no flags but"),
        ("(?R:a)", "no flags but"),
        ("(?>a)", "no groups that begin with (?>"),
        ("a{1001}", "1,000 repetitions"),
        ("(?:a{2,2000})", "1,000 repetitions"),
        ("(a{100}b?){11}", "1,000 repetitions"),
        ("a**", "repeats no repetition"),
        ("a{2}+", "repeats no repetition"),
        ("a|*", "nothing to repeat"),
        ("[z-a]", "backwards"),
        ("a{3,2}", "backwards"),
        ("[[:letter:]]", "no class"),
        (r"\Z", r"no escape \Z"),
        (r"[\b]", r"no escape \b"),
        (r"\u0041", r"no escape \u"),
        (r"\xg0", "hexadecimal"),
        (r"\p{Script=Greek}", "scripts and categories"),
        (r"\p{Letter}", "scripts and categories"),
        ("a\\", "ends with a backslash"),
    ] {
        match compile(pattern) {
            Err(Unusable::Refused(refusal)) => assert!(refusal.to_string().contains(why), "{pattern}: {refusal}"),
            other => panic!("{pattern}: {other:?}"),
        }
    }
}

#[test]
fn what_re2_takes_means_what_it_means_there() {
    for (pattern, matched, not_matched) in [
        ("^https://([a-z0-9-]+\\.)*example\\.com(/|$)", "https://a.example.com/", "https://example.com.net"),
        (r"(?i)^\s*select\b[^;]*$", " SELECT 1", "selected"),
        (r"^\Qa.b*\E$", "a.b*", "axb"),
        (r"^\Qab\E*$", "abbb", "abab"),
        ("^o{,5}pen$", "o{,5}pen", "oopen"),
        ("^{open}$", "{open}", "open"),
        ("^a{02}$", "a{02}", "aa"),
        (r"^\<b\_\>$", "<b_>", "b"),
        ("^[a[bc]$", "[", "]"),
        ("^[a-c&&[^b]]$", "&]", "a"),
        ("^[]a]$", "]", "b"),
        (r"^[\d-x]$", "-", "e"),
        (r"^[^\D]$", "5", "x"),
        (r"^\d$", "5", "\u{665}"),
        (r"^\w\b", "a", "\u{e9}"),
        (r"^\101\x42\x{43}\0$", "ABC\0", "ABC"),
        (r"^\p{^Greek}\PL$", "a1", "\u{3b1}1"),
        (r"^(?P<1a>x)(?<b>y)$", "xy", "x"),
        ("^(?ii-s)A(?-i:b)(?)$", "ab", "aB"),
        (r"(?s)^\C\z", "\n", "ab"),
        ("^a{1000}$", &"a".repeat(1_000), "a"),
        (r"(?U)^[[:alpha:]]{0,9}(?:a{0}b+?){2}$", "xbb", "x1"),
        ("", "anything", "\u{0}"),
    ] {
        let compiled = compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
        assert!(compiled.is_match(matched), "{pattern} {matched}");
        assert!(pattern.is_empty() || !compiled.is_match(not_matched), "{pattern} {not_matched}");
    }
}

#[test]
fn a_pattern_that_only_this_program_cannot_use_is_not_called_refused() {
    let deep = format!("{}a{}", "(".repeat(600), ")".repeat(600));
    assert!(matches!(compile(&deep), Err(Unusable::Here(_))), "{:?}", compile(&deep));
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd(pattern in r"[\\\[\](){}^$.|?*+a-cpPQExz0-9:<>=!iU,&é-]{0,24}") {
        // A pattern that is parsed to the end either compiles or is beyond the crate.
        let _ = compile(&pattern);
    }
}
