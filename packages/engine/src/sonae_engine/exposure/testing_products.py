"""Real products that exclude one another, for generated ledgers: as advisories name them, and as hospitals do."""

from sonae_engine.exposure.testing import Entry

_ROWS = """
Fortinet|FortiOS|フォーティネット,フォーティネットジャパン合同会社,富士通|FortiGate 60F,FortiGate-100F,フォーティゲート 40F,FortiWiFi 60E
Fortinet|FortiProxy|フォーティネット|
Fortinet|FortiManager|フォーティネット|FortiManager 200F
Fortinet|FortiAnalyzer|フォーティネット|FortiAnalyzer 200F,フォーティアナライザ
Fortinet|FortiMail|フォーティネット|
Fortinet|FortiSwitch|フォーティネット|FortiSwitch 124F
Fortinet|FortiAuthenticator|フォーティネット|
Fortinet|FortiSandbox|フォーティネット|
Cisco|Adaptive Security Appliance (ASA)|シスコシステムズ,シスコ,Cisco Systems|ASA 5506-X,Cisco ASA5516-X,ASA
Cisco|Cisco Firepower Management Center|シスコシステムズ,Cisco Systems|Firepower Management Center
Cisco|IOS XE|シスコシステムズ,シスコ|Cisco IOS-XE
Cisco|IOS XR|シスコシステムズ|
Cisco|NX-OS|シスコ|
Cisco|Cisco Unity Connection|シスコ|
Cisco|Identity Services Engine|シスコシステムズ|ISE
Citrix|NetScaler ADC|シトリックス,Citrix Systems|Citrix ADC,NetScaler MPX 5901
Citrix|NetScaler Gateway|シトリックス|Citrix Gateway
Citrix|ShareFile|シトリックス|
Ivanti|Connect Secure|Pulse Secure,パルスセキュア,イヴァンティ|Pulse Connect Secure,Ivanti Connect Secure
Ivanti|Policy Secure|Pulse Secure|Pulse Policy Secure
Ivanti|Endpoint Manager Mobile|MobileIron|EPMM
Ivanti|Avalanche|イヴァンティ|
SonicWall|SonicOS|ソニックウォール,SonicWALL|TZ370,NSa 2700
SonicWall|SMA1000|ソニックウォール|SMA 6210
SonicWall|SMA100|ソニックウォール|SMA 210,SMA 410
Palo Alto Networks|PAN-OS|パロアルトネットワークス,パロアルト|PA-220,PA-850
Palo Alto Networks|Cortex XSOAR|パロアルトネットワークス|
F5|BIG-IP|F5 Networks|BIG-IP LTM
F5|BIG-IQ|F5 Networks|
Juniper|Junos OS|ジュニパーネットワークス,Juniper Networks|SRX300
WatchGuard|Firebox|ウォッチガード|Firebox T35
VMware|ESXi|ヴイエムウェア,Broadcom|VMware ESXi
VMware|vCenter Server|ヴイエムウェア,VMware by Broadcom|vCenter
VMware|Horizon|ヴイエムウェア|VMware Horizon
Trend Micro|Apex One|トレンドマイクロ,トレンドマイクロ株式会社|ApexOne
Trend Micro|OfficeScan|トレンドマイクロ|ウイルスバスター コーポレートエディション
Trend Micro|Worry-Free Business Security|トレンドマイクロ|ウイルスバスター ビジネスセキュリティ
Trend Micro|ServerProtect|トレンドマイクロ|Trend Micro ServerProtect
Trend Micro|Deep Security Agent|トレンドマイクロ|
ベリタス|Veritas NetBackup|Veritas,Veritas Technologies|NetBackup
日本電気|Aterm WX3600HP ファームウェア|NEC,NECプラットフォームズ|Aterm WX3600HP,無線ルータ AtermWX3600HP
日本電気|Aterm WG2600HS ファームウェア|NEC|Aterm WG2600HS
日本電気|Aterm WG2600HS2 ファームウェア|NEC|Aterm WG2600HS2
日本電気|Aterm WG1200CR ファームウェア|NEC|Aterm WG1200CR
NEC Corporation|CLUSTERPRO X|日本電気|CLUSTERPRO X
プラネックスコミュニケーションズ株式会社|MZK-DP300N|PLANEX,プラネックス|
ELECOM CO.,LTD.|WRC-1167GHBK2|エレコム,エレコム株式会社|無線LANルータ WRC-1167GHBK2
ELECOM CO.,LTD.|WRC-X3000GS|エレコム|
ELECOM CO.,LTD.|WRC-X3000GSN|エレコム|
LOGITEC CORPORATION|LAN-W300N/PR5|ロジテック|
LOGITEC CORPORATION|LAN-W300N/DR|ロジテック|
FURUNO SYSTEMS Co.,Ltd.|ACERA 1110|フルノシステムズ|無線AP ACERA 1110
FURUNO SYSTEMS Co.,Ltd.|ACERA 1310|フルノシステムズ|
FURUNO SYSTEMS Co.,Ltd.|ACERA 850F|フルノシステムズ|
FURUNO SYSTEMS Co.,Ltd.|ACERA 850M|フルノシステムズ|
FUJIFILM Business Inovation Corp.|Apeos 2560 Japan Model|富士フイルムビジネスイノベーション|Apeos 2560
FUJIFILM Business Inovation Corp.|Apeos 3060 Japan Model|富士フイルムビジネスイノベーション|複合機 Apeos 3060
Fujifilm|FCR Capsula X|富士フイルム,富士フイルムメディカル|CR装置 FCR CAPSULA X
Fujifilm|FCR Carbon X|富士フイルム|
Fujifilm|FCR XC-2|富士フイルムメディカル|FCR XC-2
Canon Inc.|Satera MF750C Series|キヤノン,キャノン|Satera MF755Cdw
Canon Inc.|Satera LBP670C Series|キヤノン|Satera LBP672C
Becton, Dickinson and Company (BD)|Alaris PC Unit Model 8015|日本BD,BD,CareFusion|Alaris PC Unit 8015,Alaris PCU 8015,BD Alaris PCユニット 8015
Becton, Dickinson and Company (BD)|Alaris Gateway Workstation|BD,CareFusion|
Becton, Dickinson and Company (BD)|Alaris Systems Manager|BD|
Becton, Dickinson and Company (BD)|BD Pyxis CIISafe|BD|Pyxis CIISafe
Becton, Dickinson and Company (BD)|BD Pyxis Anesthesia Station 4000|BD,CareFusion|Pyxis Anesthesia Station 4000
Becton, Dickinson and Company (BD)|BD Pyxis IV Prep|BD|Pyxis IV Prep
B. Braun|Infusomat Space|B.Braun,ビー・ブラウンエースクラップ|インフュゾーマット スペース
B. Braun|Perfusor Space|B.Braun,ビーブラウン|シリンジポンプ Perfusor Space
B. Braun Medical|Data module compactPlus|B.Braun|
Baxter|Sigma Spectrum|バクスター|輸液ポンプ Sigma Spectrum
Baxter|ExactaMix EM1200|バクスター|
Baxter|ExactaMix EM2400|バクスター|
Baxter|PrismaFlex|バクスター,Gambro|プリズマフレックス
Baxter|PrisMax|バクスター|
Philips|IntelliSpace PACS|フィリップス・ジャパン,フィリップス|インテリスペース PACS
Phillips|IntelliSpace Cardiovascular|Philips,フィリップス・ジャパン|
Philips|IntelliSpace Perinatal|フィリップス|
Philips|IntelliSpace Portal|フィリップス|インテリスペース ポータル
Philips|IntelliBridge EC40 Hub|フィリップス|IntelliBridge EC 40
Philips|IntelliBridge EC80 Hub|フィリップス|IntelliBridge EC80
Philips|Brilliance 64|フィリップス|CT Brilliance 64
Philips|Brilliance iCT|フィリップス|
Philips|Efficia CM Series|フィリップス|
Philips|Avalon Fetal/Maternal Monitors FM20/FM30/FM40/FM50|フィリップス|分娩監視装置 Avalon FM30,Avalon FM50
Philips|IntelliVue MP monitors MP20-MP90 (M8001A/2A/3A/4A/5A/7A/8A/10A) WLAN|フィリップス|IntelliVue MP50,IntelliVue MP70
Philips|DreamMapper|フィリップス|
GE Healthcare|Centricity PACS Server|GEヘルスケア・ジャパン|Centricity PACS
GE Healthcare|Centricity DMS|GEヘルスケア|
General Electric (GE)|CARESCAPE Central Station (CSCS)|GEヘルスケア|CARESCAPE Central Station
General Electric (GE)|CARESCAPE Telemetry Server|GEヘルスケア|
General Electric (GE)|ApexPro Telemetry Server|GEヘルスケア|Apex Pro Telemetry Server
General Electric (GE)|B450|GE|CARESCAPE B450
General Electric (GE)|B650|GEヘルスケア|CARESCAPE B650,ベッドサイドモニタ B650
General Electric (GE)|GE Aespire|GEヘルスケア|Aespire
General Electric (GE)|GE Aisys|GEヘルスケア|Aisys
GE Healthcare|Discovery CT750HD|GEヘルスケア|Discovery CT750 HD
GE Healthcare|Discovery NM 630|GE|Discovery NM630
GE Healthcare|BrightSpeed Elite|GE|
GE Healthcare|BrightSpeed Edge|GE|
GE Healthcare|Definium 8000|GE横河メディカルシステム|
GE Healthcare|Definium 6000|GEヘルスケア|
Abbott Laboratories|Fortify Assura|アボットメディカルジャパン,St. Jude Medical|
Abbott Laboratories|Quadra Assura|アボットメディカルジャパン|
St. Jude Medical|RF models EX1150|Abbott|Merlin@home EX1150
Medtronic|MiniMed 640G|日本メドトロニック|ミニメド640G
Medtronic|MiniMed 670G|日本メドトロニック|
Medtronic|24950 MyCareLink Monitor|メドトロニック|MyCareLink Monitor 24950
Medtronic|24952 MyCareLink Monitor|メドトロニック|MyCareLink Monitor 24952
Medtronic|2090 CareLink Programmer|メドトロニック|CareLink 2090
Medtronic|8840 N'Vision Clinician Programmer|メドトロニック|N'Vision 8840
Hillrom|Welch Allyn Connex Spot Monitor (CSM)|Welch Allyn,ウェルチ・アレン|Connex Spot Monitor
Hillrom|Welch Allyn Connex Central Station (CS)|Welch Allyn|Connex Central Station
Hillrom|Welch Allyn H-Scribe Holter Analysis System|Welch Allyn|H-Scribe Holter Analysis
Hillrom|Welch Allyn X-Scribe Cardiac Stress Testing System|Mortara|X-Scribe Cardiac Stress Testing
Innokas YhtymÃ¤ Oy|VC150|Innokas Yhtymä Oy,GEヘルスケア|
Dräger|Infinity Delta|ドレーゲルジャパン,Draeger|
Dräger|Delta XL|Draeger|
Smiths Medical|Medfusion 4000 Wireless Syringe Infusion Pump|スミスメディカル・ジャパン|Medfusion 4000
Fresenius Kabi|Agilia Link+|フレゼニウス カービ|
Hamilton Medical AG|T1 Ventilator|ハミルトンメディカル|
ZOLL|Defibrillator Dashboard|旭化成ゾールメディカル|
Natus Medical, Inc. (Natus)|Natus Xltek NeuroWorks|Natus Medical|Xltek NeuroWorks
Spacelabs|Xhibit Telemetry Receiver (XTR) Model number 96280|Spacelabs Healthcare|Xhibit Telemetry Receiver 96280
Swisslog Healthcare|Nexus Control Panel|Swisslog|
OpenClinic GA|OpenClinic GA||
Capsule Technologies|Capsule Technologies SmartLinx Neuron 2|Capsule Technologies|SmartLinx Neuron 2
Insulet|Omnipod Insulin Management System|Insulet Corporation|Omnipod
BIOTRONIK|CardioMessenger II-S GSM T4APP|バイオトロニックジャパン|CardioMessenger II-S GSM
BeaconMedaes|TotalAlert Scroll Medical Air Systems|BeaconMedaes|TotalAlert Scroll
Silex Technology and GE Healthcare|SX-500|サイレックス・テクノロジー|
Silex Technology and GE Healthcare|SD-320AN|サイレックス・テクノロジー|
QNAP Systems Inc.|QTS|キューナップ,QNAP|TS-453D
D-Link|DIR-859 Router|ディーリンク|DIR-859
D-Link|DIR-645 Router|ディーリンク|DIR645
Zyxel|NAS326 firmware|ザイセル|NAS326
Zyxel|NAS542 firmware|ザイセル|NAS542
Apache Software Foundation|Apache Tomcat|Apache|Tomcat
Apache|Struts 2|Apache Software Foundation|
Progress|MOVEit Transfer|Ipswitch|
North Grid Corporation|Proself Gateway Edition|ノースグリッド|
Oracle Corporation|Java SE|日本オラクル|Java SE
Oracle|WebLogic Server|日本オラクル|WebLogic
Microsoft|Windows 10|日本マイクロソフト,マイクロソフト|ウィンドウズ10,Windows 10 Pro
Microsoft|Windows Server 2008 R2|マイクロソフト|Windows Server 2008 R2 Standard
Microsoft|Exchange Server|マイクロソフト|Exchange Server 2016
Microsoft|Internet Explorer|マイクロソフト|インターネットエクスプローラー 11
"""


def _entry(line: str) -> Entry:
    vendor, product, makers, also = line.split("|")
    return Entry(vendor, product, tuple(filter(None, makers.split(","))), tuple(filter(None, also.split(","))))


CATALOGUE = tuple(_entry(line) for line in _ROWS.strip().splitlines())
