import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae_wire.normalisation import VALUE_LENGTH, Normal, NotNormal, normalise
from sonae_wire.vocabulary import IndicatorKind as Kind
from sonae_wire.vocabulary import ValueProblem as Why

SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.IPV4, " 192[.]0[.]2[.]7 ", "192.0.2.7"),
        (Kind.IPV4, "192(dot)0{.}2.7\u3000", "192.0.2.7"),
        (Kind.IPV6, "2001:0DB8:0000::0001", "2001:db8::1"),
        (Kind.IPV6, "[2001:db8::1]", "2001:db8::1"),
        (Kind.IPV6, "2001[:]db8[:][:]1", "2001:db8::1"),
        (Kind.CIDR, "198.51.100.0/24", "198.51.100.0/24"),
        (Kind.CIDR, "2001:db8:0::/48", "2001:db8::/48"),
        (Kind.DOMAIN, "Evil.Example.", "evil.example"),
        (Kind.DOMAIN, "*.evil.example", "evil.example"),
        (Kind.DOMAIN, "備え.例え", "xn--r8jv68g.xn--r8jz45g"),
        (Kind.DOMAIN, "_dmarc.evil.example", "_dmarc.evil.example"),
        (Kind.URL, "hxxp://EVIL[.]example:80", "http://evil.example/"),
        (Kind.URL, "hXXps://evil.example:443/A?b=C#d", "https://evil.example/A?b=C"),
        (Kind.URL, "https[://]evil.example:8443/a", "https://evil.example:8443/a"),
        (Kind.URL, "http://[2001:DB8::0]:8080/x", "http://[2001:db8::]:8080/x"),
        (Kind.URL, "http://192.0.2.7/備え", "http://192.0.2.7/%E5%82%99%E3%81%88"),
        (Kind.URL, "fxp://evil.example/a", "ftp://evil.example/a"),
        (Kind.MD5, "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
        (Kind.JA3, "E7D705A3286E19EA42F587B344EE6865", "e7d705a3286e19ea42f587b344ee6865"),
        (Kind.SHA1, "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (Kind.SHA256, SHA256.upper(), SHA256),
        (Kind.EMAIL, "<Billing[@]Evil[.]example>", "billing@evil.example"),
        (Kind.EMAIL, "billing[at]evil[dot]example", "billing@evil.example"),
    ],
)
def test_a_value_written_by_a_person_has_one_spelling(kind, text, value):
    assert normalise(kind, text) == Normal(value)


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (Kind.DOMAIN, " \u3000", Why.EMPTY),
        (Kind.URL, "http://evil.example/" + "a" * VALUE_LENGTH, Why.TOO_LONG),
        (Kind.URL, "http://evil.example/" + "備" * 300, Why.TOO_LONG),
        (Kind.DOMAIN, "evil .example", Why.CONTROL_CHARACTER),
        (Kind.URL, "http://evil.example/\x00", Why.CONTROL_CHARACTER),
        (Kind.IPV4, "192.0.2.256", Why.NOT_AN_ADDRESS),
        (Kind.IPV4, "192.0.2.010", Why.NOT_AN_ADDRESS),
        (Kind.IPV6, "fe80::1%eth0", Why.NOT_AN_ADDRESS),
        (Kind.IPV4, "2001:db8::1", Why.WRONG_ADDRESS_FAMILY),
        (Kind.IPV6, "192.0.2.7", Why.WRONG_ADDRESS_FAMILY),
        (Kind.CIDR, "192.0.2.7", Why.NOT_A_NETWORK),
        (Kind.CIDR, "192.0.2.0/33", Why.NOT_A_NETWORK),
        (Kind.CIDR, "fe80::%eth0/64", Why.NOT_A_NETWORK),
        (Kind.CIDR, "192.0.2.7/24", Why.HOST_BITS_SET),
        (Kind.CIDR, "0.0.0.0/0", Why.NETWORK_TOO_WIDE),
        (Kind.CIDR, "2000::/3", Why.NETWORK_TOO_WIDE),
        (Kind.DOMAIN, "evil..example", Why.NOT_A_DOMAIN),
        (Kind.DOMAIN, "-evil.example", Why.NOT_A_DOMAIN),
        (Kind.DOMAIN, "192.0.2.7", Why.NOT_A_DOMAIN),
        (Kind.DOMAIN, "備" * 80 + ".example", Why.NOT_A_DOMAIN),
        (Kind.DOMAIN, ("a" * 60 + ".") * 5 + "example", Why.NOT_A_DOMAIN),
        (Kind.DOMAIN, "com", Why.SINGLE_LABEL),
        (Kind.URL, "evil.example/a", Why.NOT_A_URL),
        (Kind.URL, "http:///a", Why.NOT_A_URL),
        (Kind.URL, "http://evil.example:99999/", Why.NOT_A_URL),
        (Kind.URL, "http://[2001:zz::]/", Why.NOT_A_URL),
        (Kind.URL, "http://999.1.1.1/", Why.NOT_A_URL),
        (Kind.URL, "http://-a.example/", Why.NOT_A_URL),
        (Kind.URL, "gopher://evil.example/", Why.SCHEME_NOT_SUPPORTED),
        (Kind.URL, "http://u:p@evil.example/", Why.CREDENTIALS_IN_URL),
        (Kind.MD5, "z" * 32, Why.NOT_HEXADECIMAL),
        (Kind.SHA1, "a" * 39, Why.WRONG_LENGTH),
        (Kind.EMAIL, "nobody", Why.NOT_AN_EMAIL_ADDRESS),
        (Kind.EMAIL, "a@localhost", Why.NOT_AN_EMAIL_ADDRESS),
        (Kind.EMAIL, "a,b@evil.example", Why.NOT_AN_EMAIL_ADDRESS),
    ],
)
def test_what_has_no_spelling_is_refused_with_its_reason(kind, text, why):
    outcome = normalise(kind, text)
    assert isinstance(outcome, NotNormal)
    assert outcome.reason is why


def test_a_network_with_host_bits_is_told_the_network_it_lies_in():
    assert normalise(Kind.CIDR, "192.0.2.7/24") == NotNormal(Why.HOST_BITS_SET, {"network": "192.0.2.0/24"})


LIKELY = st.one_of(
    st.text(max_size=60),
    st.ip_addresses().map(str),
    st.from_regex(r"[a-zA-Z0-9.\[\]-]{1,40}", fullmatch=True),
    st.from_regex(r"h(tt|xx)ps?://[a-zA-Z0-9.\[\]:-]{1,30}(/[!-~]{0,20})?", fullmatch=True),
    st.text(alphabet="0123456789abcdefABCDEF", min_size=32, max_size=64),
)


@given(kind=st.sampled_from(Kind), text=LIKELY)
def test_normalising_twice_changes_nothing_and_never_raises(kind, text):
    outcome = normalise(kind, text)
    if isinstance(outcome, Normal):
        assert normalise(kind, outcome.value) == outcome
        assert outcome.value.isascii()
        assert " " not in outcome.value
