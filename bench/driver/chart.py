"""Draws docs/performance.svg: how many times as long each peer takes, on a logarithmic axis."""

import math
import re
from xml.sax.saxutils import escape

SHOWN = (('length-64K', '64'), ('varint-64K', '64'), ('lf-64K', '100'), ('crlf-64K', '100'),
         ('length-encode', '64'), ('tcp-one-way', '64'), ('tcp-echo-1', '64'))
LEFT, RIGHT, BAR, GAP = 170, 90, 14, 26
WIDTH = 760
STYLE = """
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}
.unstick{fill:#1f883d}.limit{fill:#8c959f}.peer{fill:#0969da}line{stroke:#8c959f;stroke-width:.5}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.unstick{fill:#3fb950}.limit{fill:#6e7681}.peer{fill:#4493f8}}
"""


def bars(document, work, size):
    """(who, times unstick), the fastest first; of the limits and of our own rows, one each."""
    rows = [row for row in document['rows'] if (row['work'], row['size']) == (work, size)
            and 'of_unstick' in row and (row['of_unstick'] == 1 or not row['who'].startswith('unstick'))]
    limits = [row for row in rows if kind(row['who']) == 'limit'][:1]
    rows = limits + [row for row in rows if kind(row['who']) != 'limit']
    return sorted(((row['who'], row['of_unstick']) for row in rows), key=lambda bar: bar[1])


def kind(who):
    return 'unstick' if who.startswith('unstick') else 'limit' if re.match('limit|raw', who) else 'peer'


def draw(document, works):
    titles = {work['name']: work['title'] for work in works}
    shown = [(f'{titles[work]}, {size} B', found) for work, size in SHOWN
             if work in titles and (found := bars(document, work, size))]
    most = max([value for _, found in shown for _, value in found] + [10])
    least = min([value for _, found in shown for _, value in found] + [1])
    low, high = math.floor(math.log10(least) * 2) / 2, math.log10(most)

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = []
    y = 24
    for title, found in shown:
        parts.append(f'<text class="title" x="8" y="{y}">{escape(title)}</text>')
        y += 8
        top = y
        for who, value in found:
            parts.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(who)}</text>'
                         f'<rect class="{kind(who)}" x="{LEFT}" y="{y}" height="{BAR - 2}" '
                         f'width="{max(x(value) - LEFT, 1):.1f}"/>'
                         f'<text x="{x(value) + 6:.1f}" y="{y + 11}">{value:.3g}x</text>')
            y += BAR + 2
        parts.append(f'<line x1="{x(1):.1f}" y1="{top - 2}" x2="{x(1):.1f}" y2="{y}"/>')
        y += GAP
    label = 'Time per frame as a multiple of unstick, logarithmic; shorter is faster'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
            f'role="img" aria-label="{label}">\n<style>{STYLE}</style>\n' + '\n'.join(parts) +
            f'\n<text x="8" y="{y - 8}">{label}</text>\n</svg>\n')
