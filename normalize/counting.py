"""Count phrasebook forms and originals in an honest corpus: how ``phrasebook/counts.tsv`` is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from normalize.compiled import CompiledPhrasebook
from normalize.counts import Counts
from normalize.folding import fold
from normalize.inflect import TAGS, inflect
from normalize.language_model import model_words
from normalize.match import Matcher, patterns_of
from normalize.segment import word_count


def count_corpus(
    texts: Iterable[str], book: CompiledPhrasebook, facts: Mapping[tuple[str, str], int], spun_words: int
) -> Counts:
    """Count all forms and all their originals in honest texts, and take over the substitution facts.

    ``facts`` are occurrences of (spun form, original) in ``spun_words`` words of spun pages. Facts about forms that no
    entry has are left out.
    """
    wanted = {form.lower() for form in book.forms}
    for entry in book.entries:
        for lemma in (entry.spun, *entry.originals):
            wanted.add(lemma.lower())
            for tag in TAGS.get(entry.section, ()):
                wanted.update(form.lower() for form in inflect(lemma, entry.section, tag))
    wanted.update(word for term in book.terms.all_terms() for word in model_words(term))
    matcher = Matcher(patterns_of(sorted(wanted)))
    found: Counter[str] = Counter()
    words = 0
    for text in texts:
        words += word_count(text)
        found.update(matcher.tally(fold(text)))
    pairs = {pair: count for pair, count in facts.items() if pair[0] in wanted}
    return Counts(words, spun_words, dict(found), pairs, digest_of(book))


def digest_of(book: CompiledPhrasebook) -> str:
    """Give a hash of the entries and known terms of a phrasebook: its counts are out of date when that has changed."""
    lines = [f"{entry.id}\t{entry.spun}\t{entry.originals}" for entry in book.entries]
    return blake2b("\n".join(sorted([*lines, *book.terms.all_terms()])).encode(), digest_size=8).hexdigest()
