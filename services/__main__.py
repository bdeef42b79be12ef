"""The command `linli`: one program for everything that is done from a shell."""

import click

from services.commands import COMMANDS as OWN
from services.demo.commands import COMMANDS as DEMO
from services.environment import COMMANDS as ENVIRONMENT
from services.hierarchy.commands import COMMANDS as HIERARCHY
from services.hierarchy.commands import load
from services.journal import COMMANDS as JOURNAL
from services.keys import COMMANDS as KEYS
from services.local.commands import COMMANDS as LOCAL
from services.tickets.commands import COMMANDS as TICKETS
from services.tickets.commands import LOADERS


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="linli")
def main() -> None:
    """Linli 邻里: the backend of a city district's grass-roots governance.

    `linli up` starts everything on this machine; `linli demo` shows one hotline order on its six steps;
    `linli doctor` says what is wrong and what to do about it.
    """


for loader in LOADERS:
    load.add_command(loader)
for command in (*LOCAL, *DEMO, *OWN, *JOURNAL, *ENVIRONMENT, *KEYS, *TICKETS, *HIERARCHY):
    main.add_command(command)

if __name__ == "__main__":
    main()
