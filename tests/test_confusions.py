"""Common confusions, in both directions: in a spun document the form is restored here, and kept there."""

from __future__ import annotations

import pytest

from normalize import Normalizer

CHANGE = {
    "mention → say": ("The minister mentioned on Monday that talks would resume.", "mentioned", "said"),
    "assist → help": ("The firm asked the police to assist with the search.", "assist", "help"),
    "remark → comment": ("A spokesman for the bank declined to remark.", "remark", "comment"),
    "entry → access": ("The hackers gained entry to the servers and databases of the bank.", "entry", "access"),
    "knowledge → data": ("The attackers stole the private knowledge of two million customers.", "knowledge", "data"),
    "data → information": ("Call the police if you have any data about the robbery.", "data", "information"),
    "corporate → company": ("The corporate mentioned on Friday that its profit had doubled.", "corporate", "company"),
    "company → agency": ("The Environmental Protection Company will rule in May.", "Company", "Agency"),
    "businesses → agencies": ("Regulation enforcement businesses have opened an inquiry.", "businesses", "agencies"),
    "safety → security": ("The safety researchers found a flaw in the router.", "safety", "security"),
    "community → network": ("The malware spread through the computer community of the hospital.", "community", "network"),
    "final → last": ("The bank opened a branch in the town final month.", "final", "last"),
    "each → both": ("The leaders of each nations met in Geneva.", "each", "both"),
    "have been → were": ("Three people have been killed on Tuesday when a bridge fell.", "have been", "were"),
    "within the → in the": ("He was born within the city of Leeds in 1950.", "within", "in"),
    "might → could": ("The storm might trigger floods, forecasters mentioned.", "might", "could"),
    "inventory → stock": ("Shares fell on the New York Inventory Exchange.", "Inventory", "Stock"),
    "assault → attack": ("The cyber assault shut down the port for a week.", "assault", "attack"),
    "hassle → effort": ("The rescue hassle was slowed by heavy rain.", "hassle", "effort"),
    "impression → impact": ("The tariffs could have a huge impression on the economy.", "impression", "impact"),
    "authorities → government": ("The federal authorities will raise taxes, the prime minister mentioned.", "authorities",
                                 "government"),
}  # fmt: skip
KEEP = {
    "mention": ("The names are mentioned in the appendix of the book.", "mentioned"),
    "assist": ("She scored twice and had an assist in the first half.", "assist"),
    "remark": ("He apologised for the rude remark that he had made about her hat.", "remark"),
    "entry": ("Croatia's entry into the European Union took ten years.", "entry"),
    "knowledge": ("Her knowledge of medieval music is deep.", "knowledge"),
    "data": ("The app sends data over the mobile network.", "data"),
    "corporate": ("The senator wants to raise corporate taxes.", "corporate"),
    "company": ("The insurance company paid for the repairs.", "company"),
    "businesses": ("Small businesses in the high street fear the new tax.", "businesses"),
    "safety": ("The train was stopped for the safety of the passengers.", "safety"),
    "community": ("The local community raised money for the school.", "community"),
    "final": ("They lost the World Cup final on penalties.", "final"),
    "each": ("Each player receives a medal.", "Each"),
    "have been": ("The trains have been late since January.", "have been"),
    "within the": ("Answers must arrive within the next two weeks.", "within"),
    "might": ("He thought that it might rain.", "might"),
    "inventory": ("The shop made an inventory of its goods.", "inventory"),
    "assault": ("He was jailed for sexual assault.", "assault"),
    "hassle": ("Moving house is a hassle.", "hassle"),
    "impression": ("She had the impression that nobody listened.", "impression"),
    "authorities": ("The port authorities closed the harbour.", "authorities"),
}


KNOWN_FAILURES = {
    "businesses → agencies", "might → could", "have been", "remark"
}  # fmt: skip
"""What the engine does not get right yet."""


def _cases(cases: dict[str, tuple[str, ...]]) -> list[object]:
    failing = pytest.mark.xfail(strict=True, reason="the models prefer another reading")
    return [
        pytest.param(*case, id=name, marks=[failing] if name in KNOWN_FAILURES else []) for name, case in cases.items()
    ]


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    """An engine that takes every text as spun."""
    return Normalizer(assume_family="classic")


@pytest.mark.parametrize(("text", "form", "original"), _cases(CHANGE))
def test_restored_where_it_was_exchanged(normalizer: Normalizer, text: str, form: str, original: str) -> None:
    restored = normalizer.restore(text)
    at = text.index(form)
    assert original.lower() in restored[max(0, at - 12) : at + len(original) + 12].lower(), restored


@pytest.mark.parametrize(("text", "form"), _cases(KEEP))
def test_kept_where_the_writer_wrote_it(normalizer: Normalizer, text: str, form: str) -> None:
    assert form in normalizer.restore(text)
