"""A workbook as the ministry lays one out: a title, headers over two rows, sections, lines that name devices, notes."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

YES_NO = "はい・いいえ（　／　）"
type Row = Sequence[object]
TITLE: list[Row] = [
    ["令和８年度版　医療機関・薬局におけるサイバーセキュリティ対策チェックリスト"],
    ["医療機関・薬局確認用"],
    [],
]
HEADERS: list[Row] = [["", "", "チェック項目", "確認結果\n（日付）"], ["", "", "", "確認日", "目標日"]]
ROWS: list[Row] = [
    ["", "", "医療情報システムを導入、運用している。（「いいえ」の場合、以下すべての項目は確認不要）", YES_NO],
    ["１　体制構築"],
    ["", "1-①", "医療情報システム安全管理責任者を設置している。", YES_NO, "（　／　）"],
    ["２　医療情報システムの管理・運用"],
    ["", "", "医療情報システム全般について、以下を実施している。"],
    ["", "2-①", "サーバ、端末PC、ネットワーク機器の台帳管理を行っている。", YES_NO, "（　／　）"],
    ["", "2-②", "試験用に書いた新しい項目である。", YES_NO, "（　／　）"],
    ["", "", "※試験用の注記です。"],
    ["", "", "サーバについて、以下を実施している。"],
    ["", "2-③", "アクセスログを管理している。", YES_NO, "（　／　）"],
    ["", "2-④", "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。", YES_NO, "（　／　）"],
    ["", "", "端末ＰＣについて、以下を実施している。"],
    ["", "2-⑤", "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。", YES_NO, "（　／　）"],
    ["３　インシデント発生に備えた対応"],
    ["", "3-①", "サイバー攻撃を想定した事業継続計画（BCP）を策定している。", YES_NO, "（　／　）"],
    ["施設名", "", "", "記入者"],
]
BEGINS = len(TITLE) + len(HEADERS) + 1


def book(rows: Sequence[Row] = (), *, title: Sequence[Row] = TITLE, headers: Sequence[Row] = HEADERS) -> bytes:
    """The workbook, with these rows below its headers instead of the usual ones."""
    return written({"表紙": [["この様式の使い方"]], "確認用": [*title, *headers, *(rows or ROWS)]})


def written(sheets: dict[str, Sequence[Row]]) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet: Worksheet = made.create_sheet(name)
        for number, cells in enumerate(rows, 1):
            for column, text in enumerate(cells, 1):
                if text != "":
                    sheet.cell(number, column, text)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()
