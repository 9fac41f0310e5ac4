/** Names by language, `spoken/ascii`: a user principal name allows no accents, so the second half goes there. */

export interface Name {
  readonly text: string
  readonly ascii: string
}

export interface Language {
  readonly code: string
  readonly country: string
  readonly given: readonly Name[]
  readonly surnames: readonly Name[]
  /** Surname before given name, without a space between them. */
  readonly familyFirst: boolean
}

function names(list: string): Name[] {
  return list.split(' ').map((entry) => {
    const [text = '', ascii = text.toLowerCase()] = entry.split('/')
    return { text: text.replaceAll('_', ' '), ascii }
  })
}

function language(code: string, country: string, given: string, surnames: string, familyFirst = false): Language {
  return { code, country, given: names(given), surnames: names(surnames), familyFirst }
}

export const LANGUAGES: readonly Language[] = [
  language(
    'de-CH',
    'CH',
    'Zoë/zoe Jürg/juerg Urs Käthi/kaethi Beat Lea Nils Mia Reto Anna Lukas Ursina',
    'Müller/mueller Zürcher/zuercher Schmid Grüniger/grueniger Weiss Meier Keller Brunner Bär/baer Frei von_Ah/vonah',
  ),
  language(
    'fr-FR',
    'FR',
    'Chloé/chloe Benoît/benoit Océane/oceane Noël/noel Hélène/helene Gaël/gael Inès/ines Louis Manon Théo/theo',
    "Lefèvre/lefevre D'Aubigné/d'aubigne Gauthier L'Hôte/l'hote Moreau Bœuf/boeuf Garçon/garcon Dubois Léger/leger",
  ),
  language(
    'it-IT',
    'IT',
    'Niccolò/niccolo Giulia Matteo Chiara Nicolò/nicolo.f Letizia Andrea Sofia Ruggero Ilaria',
    "D'Angelo/d'angelo Rossi De_Luca/deluca Cantù/cantu Bianchi Dell'Orto/dell'orto Nicolò/nicolo Ferrari Loprestì/lopresti",
  ),
  language(
    'en-IE',
    'IE',
    'Siobhán/siobhan Seán/sean Aoife Ciarán/ciaran Grace Oisín/oisin Róisín/roisin Jack Niamh Conor',
    "O'Brien/o'brien Murphy Ó_Súilleabháin/osuilleabhain McCarthy Byrne O'Neill/o'neill Walsh Fitz-Gerald/fitz-gerald",
  ),
  language(
    'pl-PL',
    'PL',
    'Łukasz/lukasz Małgorzata/malgorzata Zbigniew Żaneta/zaneta Święto/swieto Paweł/pawel Agnieszka Jan',
    'Wiśniewski/wisniewski Łącka/lacka Żółć/zolc Nowak Szczęsny/szczesny Brzęczyszczykiewicz/brzeczyszczykiewicz',
  ),
  language(
    'es-ES',
    'ES',
    'José/jose María_José/mariajose Iñaki/inaki Begoña/begona Ángel/angel Lucía/lucia Pablo Nuria',
    'García_Márquez/garciamarquez Núñez/nunez Ibáñez/ibanez de_la_Fuente/delafuente Peña/pena Ortega Muñoz/munoz',
  ),
  language(
    'tr-TR',
    'TR',
    'İbrahim/ibrahim Işıl/isil Çağla/cagla Gökçe/gokce Şule/sule Emre Deniz Ümit/umit',
    'Yılmaz/yilmaz Şahin/sahin Öztürk/ozturk Çelik/celik Demir Kılıç/kilic Doğan/dogan',
  ),
  language(
    'zh-CN',
    'CN',
    '小明/xiaoming 伟/wei 芳/fang 秀英/xiuying 娜/na 敏/min 静/jing 强/qiang 建国/jianguo',
    '王/wang 李/li 张/zhang 刘/liu 陈/chen 欧阳/ouyang 赵/zhao 黄/huang',
    true,
  ),
  language(
    'ja-JP',
    'JP',
    '太郎/taro 花子/hanako 翔/sho 美咲/misaki さくら/sakura 健/ken ハナ/hana',
    '佐藤/sato 鈴木/suzuki 髙橋/takahashi 田中/tanaka 渡邊/watanabe 山本/yamamoto',
    true,
  ),
  language(
    'ar-AE',
    'AE',
    'محمد/mohammed فاطمة/fatima أحمد/ahmed ليلى/layla عمر/omar نور/noor يوسف/youssef',
    'الفارسي/alfarsi العلي/alali حداد/haddad الخطيب/alkhatib منصور/mansour',
  ),
  language(
    'he-IL',
    'IL',
    'נועה/noa איתי/itay תמר/tamar יונתן/yonatan שירה/shira דוד/david',
    'כהן/cohen לוי/levi מזרחי/mizrahi פרץ/peretz ביטון/biton',
  ),
  language(
    'uk-UA',
    'UA',
    'Олена/olena Тарас/taras Їван/yivan Ганна/hanna Богдан/bohdan Марія/mariia',
    "Шевченко/shevchenko Коваль/koval Лук'яненко/lukianenko Бойко/boiko Ґудзь/gudz",
  ),
  language(
    'hi-IN',
    'IN',
    'आरव/aarav प्रिया/priya रोहन/rohan अनन्या/ananya विक्रम/vikram दीपिका/deepika',
    'शर्मा/sharma पटेल/patel सिंह/singh गुप्ता/gupta अय्यर/iyer',
  ),
  language(
    'vi-VN',
    'VN',
    'Thị_Hương/thihuong Văn_Đức/vanduc Ngọc/ngoc Tuấn/tuan Ánh/anh Dũng/dung',
    'Nguyễn/nguyen Trần/tran Lê/le Phạm/pham Đặng/dang Võ/vo',
  ),
]

export const DEPARTMENTS: readonly string[] = [
  'Finance',
  'Human Resources',
  'IT',
  'Logistics & Lager',
  'Production',
  'Verkauf',
  'Qualité',
  'Legal',
  '研究開発',
  'Pflege',
]

export const JOB_TITLES: readonly string[] = [
  'Accountant',
  'Baggage handler',
  'Chief "everything" officer',
  'Engineer, Level II',
  'Pflegefachfrau / Pflegefachmann',
  'Chargée de clientèle',
  'Technician',
  'Team lead',
  'Apprentice',
  'Ärztin',
]

export const OFFICES: readonly string[] = [
  'Zürich HQ/4.12',
  'Genève',
  '東京',
  'Depot 7; dock B',
  'Home',
  'دبي',
  'Kraków',
]
