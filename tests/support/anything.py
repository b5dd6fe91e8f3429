"""Whatever JSON can hold, and what Python makes of it, for tests of what may be given anything."""

from hypothesis import strategies as st

text = st.text(alphabet=st.characters(), max_size=12)
"""Halves of surrogate pairs included, which JSON can hold."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
