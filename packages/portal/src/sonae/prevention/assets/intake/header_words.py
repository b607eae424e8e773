"""What the columns of hospitals' lists and of asset managers are called, by the field that they say.

Written as `plain_header` leaves them: one width, small letters, no blanks or signs. The first word of a field is what
Sonae itself exports.
"""

from sonae.prevention.assets.intake.vocabulary import LedgerField

HEADERS: dict[LedgerField, tuple[str, ...]] = {
    LedgerField.NAME: (
        "名称", "機器名", "機器名称", "装置名", "装置名称", "品名", "資産名", "資産名称", "備品名", "端末名",
        "システム名",
        "name", "assetname", "devicename", "displayname", "equipmentname", "equipment",
    ),
    LedgerField.KIND: (
        "種別", "区分", "分類", "機器種別", "機器区分", "機器分類", "資産区分", "資産分類", "種類", "機種区分",
        "端末種別",
        "kind", "type", "category", "assettype", "devicetype", "class", "machinetype",
    ),
    LedgerField.MAKER: (
        "製造者", "メーカー", "メーカ", "製造元", "製造会社", "製造販売業者", "ベンダー", "製造業者", "製造メーカー",
        "maker", "manufacturer", "vendor", "make", "brand", "systemmanufacturer",
    ),
    LedgerField.PRODUCT: (
        "製品", "製品名", "機種", "機種名", "商品名", "モデル", "モデル名", "販売名", "product", "productname",
        "model",
        "modelname", "systemproductname", "productline",
    ),
    LedgerField.MODEL_NUMBER: (
        "型番", "型式", "形式", "型名", "規格", "品番", "機種型番", "modelnumber", "modelno", "partnumber", "partno",
        "sku",
    ),
    LedgerField.VERSION: ("版", "バージョン", "ソフトウェアバージョン", "version", "softwareversion", "swversion",
    "ver"),
    LedgerField.OS: (
        "os", "os名", "基本ソフト", "オペレーティングシステム", "osバージョン", "os版", "os種別", "operatingsystem",
        "osname", "osversion", "platform", "ostype", "osplatform",
    ),
    LedgerField.FIRMWARE: (
        "ファームウェア", "ファーム", "ファームウェア版", "ファームウェアバージョン", "firmware", "firmwareversion",
        "fwversion", "fw",
    ),
    LedgerField.ASSET_NUMBER: (
        "資産番号", "管理番号", "備品番号", "固定資産番号", "資産管理番号", "機器番号", "機器管理番号", "物品番号",
        "台帳番号",
        "assetnumber", "assettag", "assetno", "inventorynumber", "tag",
    ),
    LedgerField.SERIAL: (
        "製造番号", "シリアル番号", "シリアル", "シリアルno", "シリアルナンバー", "機番", "serial", "serialnumber",
        "serialno",
        "sn", "biosserialnumber", "systemserialnumber",
    ),
    LedgerField.HOSTNAME: (
        "ホスト名", "コンピュータ名", "コンピューター名", "pc名", "端末ホスト名", "hostname", "host", "computername",
        "computer", "machinename", "dnsname", "fqdn", "netbiosname", "endpoint", "endpointname",
    ),
    LedgerField.MAC_ADDRESS: (
        "macアドレス", "物理アドレス", "mac", "macaddress", "macaddresses", "ethernetaddress", "physicaladdress",
    ),
    LedgerField.IP_ADDRESS: (
        "ipアドレス", "ip", "ipv4アドレス", "アドレス", "ipaddress", "ipaddresses", "ipv4", "localip", "lastip",
        "lastipaddress", "internalip", "ipv4address", "lastreportedip",
    ),
    LedgerField.UDI: ("udi", "機器固有識別子", "gtin", "janコード", "udidi"),
    LedgerField.EXTERNAL_KEY: (
        "機器id", "デバイスid", "端末id", "id", "agentid", "deviceid", "sensorid", "machineid", "assetid", "uuid",
        "guid",
        "aid", "azureaddeviceid",
    ),
    LedgerField.ZONE: (
        "ネットワーク区分", "接続ネットワーク", "ネットワーク", "セグメント", "系統", "ネットワーク系統", "zone",
        "networkzone",
        "segment", "network", "vlan", "site", "subnet",
    ),
    LedgerField.INTERNET_FACING: (
        "インターネット公開", "インターネット接続", "外部公開", "インターネット", "internetfacing",
        "isinternetfacing",
        "internet", "public",
    ),
    LedgerField.CRITICALITY: ("重要度", "優先度", "重要性", "criticality", "importance", "priority",
    "criticalitylevel"),
    LedgerField.PLACE: (
        "設置場所", "場所", "設置部署", "設置部門", "配置場所", "使用場所", "部屋", "棟", "フロア", "部署", "部門",
        "診療科",
        "病棟", "所在", "place", "location", "department", "room", "building", "floor", "ward", "ou",
    ),
    LedgerField.RESPONSIBLE: (
        "担当者", "管理者", "責任者", "使用者", "利用者", "管理責任者", "担当", "管理部署", "responsible", "owner",
        "user",
        "assigneduser", "lastuser", "contact", "primaryuser", "lastloggedonuser",
    ),
    LedgerField.ACQUIRED_ON: (
        "導入日", "購入日", "取得日", "設置日", "導入年月日", "購入年月日", "取得年月日", "導入年月", "設置年月日",
        "納入日",
        "稼働日", "導入年度", "acquiredon", "purchasedate", "installdate", "acquisitiondate",
    ),
    LedgerField.SUPPORT_ENDS_ON: (
        "保守終了日", "サポート終了日", "サポート期限", "保守期限", "保守満了日", "耐用期限", "eosl", "eol",
        "保守終了",
        "保守契約満了日", "supportendson", "endofsupport", "warrantyend", "supportenddate", "warrantyexpiration",
    ),
    LedgerField.NOTE: ("備考", "メモ", "摘要", "コメント", "特記事項", "note", "notes", "remarks", "comment",
    "description"),
}  # fmt: skip

# What a row says in its first cell that adds the others up.
TOTALS = frozenset(
    {"合計", "総計", "小計", "計", "総合計", "合計台数", "台数合計", "total", "subtotal", "grandtotal", "sum"}
)
