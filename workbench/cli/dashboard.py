"""The command line's `dashboard`: what may be set of the server, and its start."""

from __future__ import annotations

import argparse

from workbench.cli.options import WrongUsage, count_of

TOKEN_HELP = (
    'token that viewers must give: "auto" generates one. Pass your own with --token-file, or with '
    "SNN_WORKBENCH_TOKEN in the environment: others on this machine can read command lines"
)


def dashboard_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_dashboard` reads."""
    parser.add_argument(
        "notebook",
        nargs="?",
        help="a notebook of your own, a folder of them, or a name that --list tells",
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="list the dashboards that come with the package, or, with --course, its pages",
    )
    parser.add_argument(
        "--all", action="store_true", help="serve all of these, with a page that offers them"
    )
    parser.add_argument(
        "--course",
        action="store_true",
        help="serve the pages of the course for a classroom: one figure and one question each",
    )
    parser.add_argument("--port", type=int, help="port on this machine (default: 8866)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: only this machine); others need a token or --public",
    )
    parser.add_argument(
        "--public", action="store_true", help="let in everybody who reaches the address"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--token", metavar="auto", help=TOKEN_HELP)
    parser.add_argument("--token-file", metavar="FILE", help="a file with the token")
    parser.add_argument(
        "--lava-python",
        metavar="PATH",
        help="a Python 3.10 with lava-nc and lava-dl, in which exports for Loihi are checked",
    )
    parser.add_argument(
        "--max-upload-mb",
        type=count_of,
        metavar="MB",
        help="size of the largest file that viewers may upload (default: 200)",
    )
    parser.add_argument(
        "--max-viewers",
        type=count_of,
        metavar="N",
        help="how many viewers may have the page open; others see a page that retries by itself "
        "(default: what the free memory and the cores allow)",
    )


def run_dashboard(options: argparse.Namespace) -> int:
    """Serve a dashboard until it is stopped; return the server's exit code."""
    from workbench.launch import dashboard
    from workbench.launch.dashboards import course_folder, course_pages, shipped_dashboards
    from workbench.launch.servers import DASHBOARD_NOTEBOOK
    from workbench.util.package_data import notebooks_folder

    if options.list:
        shipped = course_pages() if options.course else shipped_dashboards()
        width = max(len(each.name) for each in shipped)
        for each in shipped:
            print(  # noqa: T201 the list is the output
                f"{each.name:<{width}}  {each.title}: {each.about}"
            )
        return 0
    if options.token not in (None, "auto"):
        raise WrongUsage(
            "--token on the command line can be read by everyone on this machine; accepted: auto. "
            "Write your token into a file (--token-file FILE) or into SNN_WORKBENCH_TOKEN."
        )
    folders = {"--all": notebooks_folder(), "--course": course_folder()}
    asked = [name for name in folders if getattr(options, name[2:])]
    if len(asked) > 1:
        raise WrongUsage("--all and --course serve different pages. Leave one of the two out.")
    if asked and options.notebook:
        raise WrongUsage(
            f"{asked[0]} serves pages that come with the package, not '{options.notebook}'. "
            "Leave one of the two out."
        )
    return dashboard(
        folders[asked[0]] if asked else options.notebook or DASHBOARD_NOTEBOOK,
        port=options.port,
        host=options.host,
        public=options.public,
        browser=not options.no_browser,
        theme=options.theme,
        token=options.token,
        token_file=options.token_file,
        lava_python=options.lava_python,
        max_upload_mb=options.max_upload_mb,
        max_viewers=options.max_viewers,
    )
