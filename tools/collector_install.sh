#!/bin/sh
# Puts the collector beside this file, in an environment of its own: Python 3.12 or later, packages whose bytes are in
# requirements.txt, and the program `sonae-collector`. Doing it again over an older one replaces it; the state folder and
# the token lie elsewhere and stay.
#
#   PYTHON      the Python to use, instead of looking for one
#
# Exit code 69: no Python, or no packages, could be had.
set -eu

say() { # $1 in Japanese, $2 in English
    case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
        en*) printf '%s\n' "$2" >&2 ;;
        *) printf '%s\n' "$1" >&2 ;;
    esac
}

here=$(CDPATH='' cd "$(dirname "$0")" && pwd -P)
# Packages that came along were made for one Python.
wanted=any
[ ! -r "$here/packages/python" ] || wanted=$(cat "$here/packages/python")
python=
# A shim of pyenv answers only while its version is selected; the versions themselves always do.
for name in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.14 python3 \
    "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin/python; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys, venv, ensurepip
fits = sys.argv[1] in ("any", "%d.%d" % sys.version_info[:2])
sys.exit(sys.version_info < (3, 12) or not fits)' "$wanted" >/dev/null 2>&1; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    wanted_ja=$wanted wanted_en=$wanted
    [ "$wanted" != any ] || { wanted_ja='3.12 以降' wanted_en='3.12 or later'; }
    say "Python（${wanted_ja}、venv を含む）が見つかりません。入れるか、PYTHON=/場所/python3 を付けて、もう一度お試しください。" \
        "No Python ($wanted_en, with venv) was found; please install one, or name one with PYTHON=/place/python3, and try again."
    exit 69
fi

rm -rf "$here/environment"
"$python" -m venv "$here/environment"
if [ ! -d "$here/packages" ] && ! "$here/environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-input --require-hashes --only-binary :all: --no-deps -r "$here/requirements.txt"; then
    say "必要なパッケージを取得できませんでした。ネットワークを確認するか、--with-packages を付けて作ったものをお使いください。" \
        "The packages could not be had. Check the network, or use a bundle made with --with-packages."
    exit 69
fi
"$here/environment/bin/python" - "$here/source" "$here/packages" <<'PATHS'
import pathlib, sys, sysconfig
lines = "".join(f"{each}\n" for each in sys.argv[1:])
pathlib.Path(sysconfig.get_path("purelib"), "sonae-collector.pth").write_text(lines, "utf-8")
PATHS
cat >"$here/sonae-collector" <<PROGRAM
#!/bin/sh
exec "$here/environment/bin/python" -P -m sonae_collector "\$@"
PROGRAM
chmod 755 "$here/sonae-collector"
"$here/sonae-collector" --help >/dev/null
say "$here/sonae-collector が使えるようになりました。" "$here/sonae-collector is ready."
