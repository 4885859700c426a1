"""What was measured, as medians and ratios, and whether it reaches the goals."""

import statistics


class Results:
    """rows[(work, size)][who] = {metric: [a value for each round]}; `ns` is nanoseconds a frame."""

    def __init__(self, works):
        self.works = {work['name']: work for work in works}
        self.rows = {}

    def add(self, work, size, who, values):
        row = self.rows.setdefault((work, size), {}).setdefault(who, {})
        for metric, value in values.items():
            row.setdefault(metric, []).append(value)

    def limit_of(self, work, size, metric='ns'):
        """The limit's values, one for each round; None where there is no limit."""
        names = self.works[work].get('limit', ['limit'])
        there = [self.rows[work, size][name][metric] for name in names
                 if metric in self.rows.get((work, size), {}).get(name, {})]
        if not there:
            return None
        if self.works[work].get('best'):
            return [min(values) for values in zip(*there)]
        return there[0]

    def ours(self, work):
        return self.works[work].get('ours', 'unstick')

    def values(self, work, size, who, metric='ns'):
        if who == 'limit':
            return self.limit_of(work, size, metric)
        return self.rows.get((work, size), {}).get(who, {}).get(metric)


def ratio(above, below):
    """The median of the ratios within each round; None where either is missing."""
    if not above or not below:
        return None
    return statistics.median(a / b for a, b in zip(above, below) if b > 0)


def plain(number):
    """With as many digits as mean something."""
    return float(f'{number:.4g}')


def as_document(results, goals, about):
    """Everything that the tables, the chart and the goals need, ready for JSON."""
    document = dict(about, rows=[], goals=[])
    for (work, size), whos in results.rows.items():
        for who, metrics in whos.items():
            row = {'work': work, 'size': size, 'who': who}
            row.update((metric, plain(statistics.median(values))) for metric, values in metrics.items())
            metric = results.works[work].get('metric', 'ns')
            for name, base in (('of_limit', 'limit'), ('of_unstick', results.ours(work))):
                of = ratio(metrics.get(metric), results.values(work, size, base, metric))
                if of is not None:
                    row[name] = plain(of)
            document['rows'].append(row)
    document['goals'] = [judged for goal in goals for judged in judge(results, goal)]
    return document


def judge(results, goal):
    """One verdict for each size that was measured."""
    work, metric = goal['work'], goal.get('metric', 'ns')
    ours = goal.get('ours', results.ours(work))
    for size in goal['sizes']:
        if (work, size) not in results.rows:
            continue
        mine = results.values(work, size, ours, metric)
        if 'against_size' in goal:
            other = f'{goal["against_size"]} B'
            theirs = results.values(work, goal['against_size'], ours, metric)
            scale = int(goal['against_size']) / int(size)
            mine = mine and [value * scale for value in mine]
        else:
            other = goal['against']
            theirs = results.values(goal.get('against_work', work), size, other, metric)
        judged = {'work': work, 'size': size, 'metric': metric, 'ours': ours, 'against': other}
        if 'at_most' in goal:
            measured = ratio(mine, theirs)
            judged.update(wanted=f'<= {goal["at_most"]}x', measured=measured and plain(measured),
                          reached=measured and measured <= goal['at_most'])
        else:
            measured = ratio(theirs, mine)
            judged.update(wanted=f'>= {goal["at_least"]}x', measured=measured and plain(measured),
                          reached=measured and measured >= goal['at_least'])
        yield judged
