"""The tables: on the terminal, and in docs/performance.md."""

BEGIN = '<!-- results: written by ./run bench --write-docs -->'
END = '<!-- end of results -->'


def size_name(size):
    if not size.isdigit():
        return size
    for unit, name in ((1 << 20, 'MiB'), (1 << 10, 'KiB')):
        if int(size) >= unit and int(size) % unit == 0:
            return f'{int(size) // unit} {name}'
    return f'{size} B'


def number(value):
    if value is None:
        return ''
    if value >= 1e6:
        return f'{value / 1e3:,.0f}k'
    return f'{value:.2f}' if value < 10 else f'{value:.1f}' if value < 100 else f'{value:,.0f}'


def times(value):
    if value is None:
        return ''
    return f'{value:.2f}x' if value < 10 else f'{value:.1f}x' if value < 100 else f'{value:,.0f}x'


def cells_of(document):
    """(work, size) -> its rows, in the order of the run."""
    cells = {}
    for row in document['rows']:
        cells.setdefault((row['work'], row['size']), []).append(row)
    return cells


def verdict(goal):
    return {True: 'reached', False: 'NOT REACHED', None: 'not measured'}[goal['reached']]


def print_tables(document, works):
    titles = {work['name']: work['title'] for work in works}
    usual = {work['name']: work.get('ours', 'unstick') for work in works}
    for (work, size), rows in cells_of(document).items():
        print(f'\n{titles[work] + ", " + size_name(size):52}{"ns/frame":>11}{"GB/s":>8}{"CPU ns":>11}'
              f'{"of limit":>10}{"of unstick":>12}')
        for row in rows:
            line = (f'  {row["who"]:50}{number(row.get("ns")):>11}{number(row.get("gbps")):>8}'
                    f'{number(row.get("cpu_ns")):>11}{times(row.get("of_limit")):>10}'
                    f'{times(row.get("of_unstick")):>12}')
            print(line.rstrip())
    if document['goals']:
        print(f'\n{"goal":52}{"against":>20}{"wanted":>12}{"measured":>10}')
    for goal in document['goals']:
        metric = {'ns': '', 'cpu_ns': ', CPU'}[goal['metric']]
        ours = '' if goal['ours'] == usual[goal['work']] else f', {goal["ours"]}'
        print(f'{titles[goal["work"]] + ", " + size_name(goal["size"]) + ours + metric:56}{goal["against"]:>16}'
              f'{goal["wanted"]:>12}{times(goal["measured"]):>10}  {verdict(goal)}')


def markdown(document, works):
    """What stands in docs/performance.md between the two marks."""
    titles = {work['name']: work['title'] for work in works}
    usual = {work['name']: work.get('ours', 'unstick') for work in works}
    lines = [BEGIN, '', f'Measured {document["date"]} on {document["machine"]}; {document["rounds"]} rounds, '
             'medians. ' + '; '.join(f'{who} {version}' for who, version in document['versions'].items()) + '.', '']
    lines += ['### Goals', '', '| work | payload | against | wanted | measured | |', '|---|--:|---|--:|--:|---|']
    for goal in document['goals']:
        ours = '' if goal['ours'] == usual[goal['work']] else f' (`{goal["ours"]}`)'
        metric = {'ns': '', 'cpu_ns': ', server CPU'}[goal['metric']]
        mark = {True: 'reached', False: '**not reached**', None: 'not measured'}[goal['reached']]
        lines.append(f'| {titles[goal["work"]]}{metric}{ours} | {size_name(goal["size"])} | {goal["against"]} | '
                     f'{goal["wanted"]} | {times(goal["measured"])} | {mark} |')
    by_work = {}
    for (work, size), rows in cells_of(document).items():
        by_work.setdefault(work, {})[size] = {row['who']: row for row in rows}
    for work in works:
        if work['name'] in by_work:
            lines += table(work, by_work[work['name']])
    return '\n'.join(lines + ['', END])


def table(work, cells):
    whos = list(dict.fromkeys(who for rows in cells.values() for who in rows))
    metric = work.get('metric', 'ns')
    what = {'ns': 'ns a frame', 'cpu_ns': "the server's CPU ns a frame"}[metric]
    lines = ['', f'### {work["title"]}', '', f'In {what}; in brackets, times the limit.', '',
             '| | ' + ' | '.join(map(size_name, cells)) + ' |', '|---|' + '--:|' * len(cells)]
    for who in whos:
        line = f'| {who}'
        for rows in cells.values():
            row = rows.get(who, {})
            of = f' ({times(row["of_limit"])})' if 'of_limit' in row else ''
            line += f' | {number(row.get(metric))}{of}'
        lines.append(line + ' |')
    return lines


def with_results(text, document, works):
    """The document with its results replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + markdown(document, works) + after
