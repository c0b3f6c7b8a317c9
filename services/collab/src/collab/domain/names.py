"""The order in which names of people and teams are listed."""

from matching.pinyin import syllables


def sort_key(name: str) -> str:
    """Latin letters by which a name is sorted, upper and lower case alike: 张伟 goes by `zhang wei `.

    The space ends a syllable, so that 西安 comes before 先 as in a Chinese dictionary.
    """
    return "".join(
        character.lower() if character.isascii() else f"{syllable} "
        for character, syllable in zip(name, syllables(name), strict=True)
    )
