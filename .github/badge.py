"""Prints the badge of a coverage, in percent: `python .github/badge.py 97`."""

import sys

COLOURS = ((95, "#2b7a3d"), (85, "#8a6d00"), (0, "#b42318"))
BADGE = """<svg xmlns="http://www.w3.org/2000/svg" width="104" height="20" role="img" aria-label="coverage: {percent}%">
<rect width="64" height="20" fill="#444"/><rect x="64" width="40" height="20" fill="{colour}"/>
<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">
<text x="32" y="14">coverage</text><text x="84" y="14">{percent}%</text></g></svg>
"""

if __name__ == "__main__":
    percent = int(sys.argv[1])
    colour = next(colour for least, colour in COLOURS if percent >= least)
    sys.stdout.write(BADGE.format(percent=percent, colour=colour))
