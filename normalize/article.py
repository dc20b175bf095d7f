"""The indefinite article: a or an before a word.

The rule looks at the first letter. Words that sound otherwise (hour, university) come from a list in the phrasebook,
``vocabulary/articles.toml``, generated with the library ``inflect``, whose import takes two seconds and is spared here.
"""

from __future__ import annotations

from collections.abc import Collection

_LETTERS_WITH_VOWEL_NAMES = frozenset("AEFHILMNORSX")


def takes_an(word: str, exceptions: Collection[str]) -> bool:
    """Tell whether "an" stands before a word; ``exceptions`` are lower-case words that break the first-letter rule.

    Capitals of up to four letters without a vowel are taken as spelt out (an FBI agent); figures by their sound
    (an 8, an 11th, an 18-year-old, an 80).
    """
    if not word:
        return False
    if word[0].isdigit():
        digits = word.replace(",", "")
        whole = digits[: len(digits) - len(digits.lstrip("0123456789"))] or ""
        return whole.startswith("8") or (whole.startswith(("11", "18")) and len(whole) % 3 == 2)
    head = word.split("-", maxsplit=1)[0].split("'", maxsplit=1)[0].split("’", maxsplit=1)[0]
    spelt_out = head.isupper() and (len(head) == 1 or not any(char in "AEIOU" for char in head) or len(head) == 3)
    if spelt_out and len(head) <= 4:
        return head[0] in _LETTERS_WITH_VOWEL_NAMES
    vowel = head[0].lower() in "aeiou"
    return vowel != (head.lower() in exceptions)
