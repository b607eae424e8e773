"""`sonae demo`."""

import contextlib
import signal
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.web import problems, words
from sonae.kernel.errors import BadInput
from sonae.site import cli_server
from sonae.site.demo import environment, people, stage, story, telemetry, visitor
from sonae.site.demo.narration import Narrator

CODE_EVERY_SECONDS = 30
# As sysexits.h has them.
UNREADABLE = 65
FAILED = 70
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class List:
    """From where the register comes: a file and, where no name says it, its day; or a sector of this size."""

    file: Path | None
    as_of: date | None
    size: int


def demo(
    *,
    register: Annotated[
        Path | None, typer.Option(exists=True, help=_("The ministry's open-data hospital list (zip or csv)."))
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help=_("The day as of which that list stands, where no name in it says so.")
        ),
    ] = None,
    eve: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help=_("A folder with Suricata EVE files."))
    ] = None,
    institutions: Annotated[int, typer.Option(min=2_000, max=180_000, help=_("Size of the synthetic sector."))] = 8_000,
    once: Annotated[bool, typer.Option("--once", help=_("End after the story instead of serving."))] = False,
    home: Annotated[Path | None, typer.Option(help=_("Folder for the data; emptied first if a demo made it."))] = None,
    port: Annotated[int, typer.Option(help=_("Port of the portal; a free one unless given."))] = 0,
) -> None:
    """Shows the whole promise once with real programs on this machine, then serves on localhost."""
    del home, port  # read by environment.prepare before Django was set up
    ground = environment.current()
    narrator = Narrator()
    logs = ground.home / "logs"
    # Asked to end, it ends as after Ctrl-C: no program is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = List(register, as_of.date() if as_of else None, institutions)
    try:
        _perform(narrator, ground, given, eve, logs=logs, serves_on=not once)
    except BadInput as refused:
        for line in problems.sentence(refused).splitlines():
            narrator.say(f"✗ {line}")
        environment.clear(ground)
        raise typer.Exit(UNREADABLE) from refused
    except telemetry.NothingToReplay as nothing:
        narrator.say("✗ " + _("No Suricata event with a time stamp was found in %(folder)s.") % {"folder": nothing})
        environment.clear(ground)
        raise typer.Exit(UNREADABLE) from nothing
    except (story.StoryBroke, stage.DidNotStart, visitor.CouldNotSignIn) as broke:
        narrator.say("\n✗ " + _what_broke(broke))
        narrator.say(_("What the programs said is in %(logs)s.") % {"logs": logs})
        raise typer.Exit(FAILED) from broke
    except KeyboardInterrupt as interrupted:
        narrator.say("\n" + _("Interrupted. All programs were stopped."))
        environment.clear(ground)
        raise typer.Exit(INTERRUPTED) from interrupted
    finally:
        connection.close()
    environment.clear(ground)


def _what_broke(broke: Exception) -> str:
    match broke:
        case stage.DidNotStart(name=name):
            return _("The program “%(name)s” did not start.") % {"name": name}
        case visitor.CouldNotSignIn():
            return _("Signing in led to %(address)s instead of the page.") % {"address": broke}
    return str(broke)


def _perform(
    narrator: Narrator,
    ground: environment.Ground,
    given: List,
    eve: Path | None,
    *,
    logs: Path,
    serves_on: bool,
) -> None:
    narrator.say(_("備え Sonae — one hospital's attack becomes every hospital's protection."))
    if given.file is None:
        narrator.say(_("Synthetic data: the institutions of this demonstration do not exist."))
    else:
        narrator.say(
            _(
                "The institutions come from the list that was given. The people, the reports and the attack are "
                "invented: no hospital that is named here was attacked."
            )
        )
    files = ground.home / "telemetry"
    # First, because it is quick: what cannot be read is known before anything was made.
    if given.file is not None:
        story.look_at_list(given.file)
    events = telemetry.replay(eve or telemetry.bundled(), files, now=timezone.now())
    sector, cast = _people_the_sector(narrator, given)
    token_file = ground.home / "collector.token"
    story.enrol_collector(sector, cast, token_file=token_file)
    connection.close()
    with contextlib.ExitStack() as programs:
        web = programs.enter_context(
            stage.program("web", "sonae.site.cli", "serve", "--port", str(ground.port), logs=logs)
        )
        programs.enter_context(stage.program("worker", "sonae.site.cli", "worker", logs=logs))
        with narrator.chapter(_("The programs")) as tell:
            stage.wait_for_portal(ground.base_url, web, log=logs / "web.log")
            collect = ["--portal", ground.base_url, "--token-file", str(token_file), "--eve", str(files)]
            collect += ["--state", str(ground.home / "collector"), "--interval", "1"]
            programs.enter_context(stage.program("collector", "sonae_collector", "run", *collect, logs=logs))
            tell(_("Portal on %(url)s, worker, and hospital B's collector.") % {"url": ground.base_url})
            tell(_("The collector watches %(events)s events of hospital B.") % {"events": words.number(events)})
        seconds = _tell_the_story(narrator, ground, sector, cast, files)
        narrator.say(
            "\n"
            + _("From report to sighting: %(seconds).2f s. The whole demonstration: %(total).1f s.")
            % {"seconds": seconds, "total": narrator.elapsed()}
        )
        if serves_on:
            _serve_on(narrator, ground, cast)


def _people_the_sector(narrator: Narrator, given: List) -> tuple[story.Sector, people.Cast]:
    with narrator.chapter(_("The register and the people")) as tell:
        cli_server.migrate()
        bar = narrator.bar(_("register"))
        run = story.fill_register(given.file, given.size, as_of=given.as_of, progress=bar)
        sector = story.choose_hospitals(run)
        if run is None:
            tell(_("%(size)s synthetic institutions.") % {"size": words.number(sector.size)})
        else:
            tell(
                _("%(rows)s rows read, %(added)s institutions added, %(problems)s odd values in the problem list.")
                % {
                    "rows": words.number(run.rows_read),
                    "added": words.number(run.rows_added),
                    "problems": words.number(run.problem_count),
                }
            )
        cast = people.engage(sector.hospital_a, sector.hospital_b, now=timezone.now(), tell=lambda _done: None)
        tell(_("%(count)d people, one or more for each role.") % {"count": len(cast.people)})
    return sector, cast


def _tell_the_story(
    narrator: Narrator, ground: environment.Ground, sector: story.Sector, cast: people.Cast, files: Path
) -> float:
    reported_at = time.monotonic()
    with narrator.chapter(_("Hospital A reports an attack")) as tell:
        incident = story.report(sector, cast, files, tell)
    with narrator.chapter(_("The analyst discloses it so that nobody can tell whose it was")) as tell:
        story.disclose(sector, incident, cast, tell)
    with narrator.chapter(_("Hospital B's collector finds it in its own traffic")) as tell:
        alert = story.wait_for_sighting(sector)
        seconds = time.monotonic() - reported_at
        tell(_("Seen: %(indicator)s.") % {"indicator": alert.indicator.value})
    with narrator.chapter(_("Hospital B's manager has a duty, the ministry a number")) as tell:
        duty, sent_at = story.wait_for_duty_and_mail(cast)
        tell(
            _("Duty, %(due)s; mail handed over at %(sent)s.")
            % {"due": words.due(duty.due_at), "sent": words.jst(sent_at)}
        )
        page = visitor.page_as("officer", "/", cast=cast, base_url=ground.base_url, clock=timezone.now)
        heading = _("Institutions with sightings in the last 30 days")
        shown = visitor.told_value(page, heading)
        if not shown or shown == "0":
            raise story.StoryBroke(_("The ministry's home page shows no sighting."))
        tell(f"{heading}: {shown}")
        names = [sector.hospital_a.name, sector.hospital_b.name]
        if any(name in page for name in names):
            raise story.StoryBroke(_("The ministry's home page names a hospital."))
    return seconds


def _serve_on(narrator: Narrator, ground: environment.Ground, cast: people.Cast) -> None:
    narrator.say(
        "\n"
        + _("Sign in at %(url)s with the password %(password)s:") % {"url": ground.base_url, "password": cast.password}
    )
    for person in cast.people.values():
        narrator.say(f"  {person.account.email:28} {words.of(person.role)} ({person.place})")
    narrator.say(_("Authenticator secret for all of them: %(secret)s") % {"secret": cast.totp_secret})
    narrator.say(_("Mails lie in %(folder)s. Press Ctrl-C to end.") % {"folder": Path(settings.HOME) / "mail"})
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            now = timezone.now()
            narrator.say(_("Authenticator code now: %(code)s") % {"code": cast.code(now)})
            time.sleep(CODE_EVERY_SECONDS - now.timestamp() % CODE_EVERY_SECONDS + 0.1)
