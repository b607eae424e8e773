"""Words of the register's enums and refusals."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.institutions.vocabulary import (
    BedBand,
    BedSource,
    BedType,
    ChangedField,
    CodeSystem,
    ContactRole,
    FileRefusal,
    ImportKind,
    ImportStatus,
    InstitutionKind,
    InstitutionStatus,
    JurisdictionKind,
    Population,
    Prefecture,
    ProblemReason,
    Region,
    RegisterRefusal,
    SurveyClass,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    InstitutionKind: {
        InstitutionKind.HOSPITAL: _("Hospital"),
        InstitutionKind.CLINIC: _("Clinic"),
        InstitutionKind.DENTAL_CLINIC: _("Dental clinic"),
        InstitutionKind.PHARMACY: _("Pharmacy"),
    },
    InstitutionStatus: {
        InstitutionStatus.LISTED: _("In the newest list"),
        InstitutionStatus.VANISHED: _("No longer in the list"),
    },
    Population: {
        Population.REAL: _("Published register"),
        Population.SYNTHETIC: _("Synthetic data"),
    },
    Region: {
        Region.HOKKAIDO: pgettext_lazy("region", "Hokkaido region"),
        Region.TOHOKU: pgettext_lazy("region", "Tohoku region"),
        Region.KANTO: pgettext_lazy("region", "Kanto region"),
        Region.CHUBU: pgettext_lazy("region", "Chubu region"),
        Region.KINKI: pgettext_lazy("region", "Kinki region"),
        Region.CHUGOKU: pgettext_lazy("region", "Chugoku region"),
        Region.SHIKOKU: pgettext_lazy("region", "Shikoku region"),
        Region.KYUSHU: pgettext_lazy("region", "Kyushu and Okinawa region"),
    },
    Prefecture: {
        Prefecture.HOKKAIDO: _("Hokkaido"),
        Prefecture.AOMORI: _("Aomori"),
        Prefecture.IWATE: _("Iwate"),
        Prefecture.MIYAGI: _("Miyagi"),
        Prefecture.AKITA: _("Akita"),
        Prefecture.YAMAGATA: _("Yamagata"),
        Prefecture.FUKUSHIMA: _("Fukushima"),
        Prefecture.IBARAKI: _("Ibaraki"),
        Prefecture.TOCHIGI: _("Tochigi"),
        Prefecture.GUNMA: _("Gunma"),
        Prefecture.SAITAMA: _("Saitama"),
        Prefecture.CHIBA: _("Chiba"),
        Prefecture.TOKYO: _("Tokyo"),
        Prefecture.KANAGAWA: _("Kanagawa"),
        Prefecture.NIIGATA: _("Niigata"),
        Prefecture.TOYAMA: _("Toyama"),
        Prefecture.ISHIKAWA: _("Ishikawa"),
        Prefecture.FUKUI: _("Fukui"),
        Prefecture.YAMANASHI: _("Yamanashi"),
        Prefecture.NAGANO: _("Nagano"),
        Prefecture.GIFU: _("Gifu"),
        Prefecture.SHIZUOKA: _("Shizuoka"),
        Prefecture.AICHI: _("Aichi"),
        Prefecture.MIE: _("Mie"),
        Prefecture.SHIGA: _("Shiga"),
        Prefecture.KYOTO: _("Kyoto"),
        Prefecture.OSAKA: _("Osaka"),
        Prefecture.HYOGO: _("Hyogo"),
        Prefecture.NARA: _("Nara"),
        Prefecture.WAKAYAMA: _("Wakayama"),
        Prefecture.TOTTORI: _("Tottori"),
        Prefecture.SHIMANE: _("Shimane"),
        Prefecture.OKAYAMA: _("Okayama"),
        Prefecture.HIROSHIMA: _("Hiroshima"),
        Prefecture.YAMAGUCHI: _("Yamaguchi"),
        Prefecture.TOKUSHIMA: _("Tokushima"),
        Prefecture.KAGAWA: _("Kagawa"),
        Prefecture.EHIME: _("Ehime"),
        Prefecture.KOCHI: _("Kochi"),
        Prefecture.FUKUOKA: _("Fukuoka"),
        Prefecture.SAGA: _("Saga"),
        Prefecture.NAGASAKI: _("Nagasaki"),
        Prefecture.KUMAMOTO: _("Kumamoto"),
        Prefecture.OITA: _("Oita"),
        Prefecture.MIYAZAKI: _("Miyazaki"),
        Prefecture.KAGOSHIMA: _("Kagoshima"),
        Prefecture.OKINAWA: _("Okinawa"),
    },
    BedBand: {
        BedBand.BEDS_0_19: _("0–19 beds"),
        BedBand.BEDS_20_49: _("20–49 beds"),
        BedBand.BEDS_50_99: _("50–99 beds"),
        BedBand.BEDS_100_199: _("100–199 beds"),
        BedBand.BEDS_200_299: _("200–299 beds"),
        BedBand.BEDS_300_399: _("300–399 beds"),
        BedBand.BEDS_400_499: _("400–499 beds"),
        BedBand.BEDS_500_UP: _("500 beds or more"),
        BedBand.UNKNOWN: _("Number of beds unknown"),
    },
    SurveyClass: {
        SurveyClass.BEDS_20_99: _("20–99 beds"),
        SurveyClass.BEDS_100_199: _("100–199 beds"),
        SurveyClass.BEDS_200_299: _("200–299 beds"),
        SurveyClass.BEDS_300_399: _("300–399 beds"),
        SurveyClass.BEDS_400_499: _("400–499 beds"),
        SurveyClass.BEDS_500_UP: _("500 beds or more"),
    },
    BedType: {
        BedType.GENERAL: _("General beds"),
        BedType.CONVALESCENT: _("Long-term care beds"),
        BedType.PSYCHIATRIC: _("Psychiatric beds"),
        BedType.TUBERCULOSIS: _("Tuberculosis beds"),
        BedType.INFECTIOUS: _("Infectious-disease beds"),
    },
    BedSource: {
        BedSource.REGISTER_FILE: _("Published list"),
        BedSource.BY_HAND: _("Entered by hand"),
        BedSource.SYNTHETIC: _("Synthetic data"),
    },
    JurisdictionKind: {
        JurisdictionKind.PREFECTURE: _("Prefecture"),
        JurisdictionKind.DESIGNATED_CITY: _("Designated city"),
        JurisdictionKind.CORE_CITY: _("Core city"),
        JurisdictionKind.OTHER_CITY: _("Other city with its own health centre"),
        JurisdictionKind.SPECIAL_WARD: _("Special ward of Tokyo"),
    },
    CodeSystem: {
        CodeSystem.MEDICAL_INSTITUTION_10: _("Medical institution code (10 digits)"),
        CodeSystem.MEDICAL_INSTITUTION_7: _("Medical institution code (7 digits)"),
        CodeSystem.FORMER_REGISTER_CODE: _("Former register code"),
    },
    ChangedField: {
        ChangedField.KIND: _("Kind"),
        ChangedField.PREFECTURE: _("Prefecture"),
        ChangedField.MUNICIPALITY: _("Municipality code"),
        ChangedField.JURISDICTION: _("Inspected by"),
        ChangedField.ADDRESS: pgettext_lazy("place", "Address"),
        ChangedField.STATUS: _("Standing in the published list"),
    },
    ContactRole: {
        ContactRole.ADMINISTRATOR: _("Administrator of the institution"),
        ContactRole.SYSTEM_SAFETY_OFFICER: _("Officer for the safety of medical information systems"),
        ContactRole.INFORMATION_SYSTEMS: _("Information systems department"),
        ContactRole.AFTER_HOURS: _("Nights and closed days"),
        ContactRole.PUBLIC_RELATIONS: _("Public relations"),
    },
    ImportKind: {
        ImportKind.REGISTER: _("Open data of the medical information network"),
        ImportKind.CODES: _("List of institution codes"),
    },
    ImportStatus: {
        ImportStatus.WAITING: pgettext_lazy("import", "Waiting"),
        ImportStatus.READING: pgettext_lazy("import", "Reading the file"),
        ImportStatus.WRITING: pgettext_lazy("import", "Writing the register"),
        ImportStatus.DONE: pgettext_lazy("import", "Finished"),
        ImportStatus.REFUSED: pgettext_lazy("import", "Refused"),
        ImportStatus.CANCELLED: pgettext_lazy("import", "Cancelled"),
    },
    ProblemReason: {
        ProblemReason.TOTAL_BEDS_BLANK: _("The total number of beds is blank. The beds are kept as unknown."),
        ProblemReason.TOTAL_BEDS_ZERO: _("The total number of beds is zero."),
        ProblemReason.BEDS_DO_NOT_ADD_UP: _("The beds by type add up to %(sum)s, which is not the total."),
        ProblemReason.CONVALESCENT_PARTS_EXCEED: _(
            "The parts of the long-term care beds add up to %(parts)s, more than the long-term care beds."
        ),
        ProblemReason.HOSPITAL_UNDER_20_BEDS: _("A hospital has at least 20 beds. This one states fewer."),
        ProblemReason.BEDS_NOT_A_NUMBER: _("This is not a number of beds from 0 to %(most)s. It is kept as unknown."),
        ProblemReason.COORDINATES_ZERO: _("The coordinates are 0.0 and 0.0. They are kept as unknown."),
        ProblemReason.COORDINATES_OUTSIDE_JAPAN: _(
            "The coordinates (longitude %(longitude)s) are outside Japan. They are kept as unknown."
        ),
        ProblemReason.COORDINATES_NOT_A_NUMBER: _(
            "The coordinates (longitude “%(longitude)s”) are not numbers. They are kept as unknown."
        ),
        ProblemReason.WEBSITE_BLANK: _("The website is blank."),
        ProblemReason.WEBSITE_WITHOUT_SCHEME: _(
            "The website does not begin with http:// or https:// and is not shown as a link."
        ),
        ProblemReason.NAME_SHARED: _("%(count)s institutions of the file have this name."),
        ProblemReason.NOT_IN_CP932: _("The character “%(characters)s” cannot be written in Shift_JIS (cp932)."),
        ProblemReason.MUNICIPALITY_MALFORMED: _(
            "This is not a municipality code of the prefecture. The prefecture is taken as the inspecting body."
        ),
        ProblemReason.VALUE_TOO_LONG: _("The text is longer than %(limit)s characters and was shortened."),
        ProblemReason.REGISTER_CODE_BLANK: _("The ID is blank. The row was set aside."),
        ProblemReason.REGISTER_CODE_MALFORMED: _(
            "The ID is not 1 to 40 letters, digits and hyphens of its own. The row was set aside."
        ),
        ProblemReason.REGISTER_CODE_REPEATED: _("An earlier row has the same ID. The row was set aside."),
        ProblemReason.NAME_BLANK: _("The name is blank. The row was set aside."),
        ProblemReason.KIND_UNKNOWN: _("This kind of institution is not kept in the register. The row was set aside."),
        ProblemReason.PREFECTURE_UNKNOWN: _("This is not the code of a prefecture. The row was set aside."),
        ProblemReason.CODE_REPEATED: _("An earlier row has the same code. The row was set aside."),
        ProblemReason.CODE_MALFORMED: _("This is not an institution code. The row was set aside."),
        ProblemReason.CODES_DISAGREE: _("The code does not end as the code %(code)s does. The row was set aside."),
        ProblemReason.CODE_NAMES_SEVERAL: _(
            "%(count)s institutions of the prefecture have this name. The code was linked to none of them."
        ),
        ProblemReason.PREFECTURE_MISSING: _("The list has no code of %(name)s."),
    },
    FileRefusal: {
        FileRefusal.FILE_MISSING: _("The file was not found."),
        FileRefusal.FILE_EMPTY: _("The file holds no usable row."),
        FileRefusal.FILE_TOO_LARGE: _("The file has %(size_bytes)s bytes. At most %(limit_bytes)s bytes are read."),
        FileRefusal.UNPACKS_TOO_LARGE: _("The file unpacks to more than %(limit_bytes)s bytes."),
        FileRefusal.UNPACKS_TOO_DENSELY: _(
            "The archive unpacks to more than %(limit)s times its size, which no published list does."
        ),
        FileRefusal.ARCHIVE_BROKEN: _("The archive is damaged or incomplete. Please fetch the file again."),
        FileRefusal.ARCHIVE_ENCRYPTED: _("The archive is protected by a password."),
        FileRefusal.ARCHIVE_PATH_UNSAFE: _("The archive holds a file whose path leads out of it."),
        FileRefusal.ARCHIVE_NEEDS_ONE_CSV: _("The archive must hold exactly one CSV file."),
        FileRefusal.IS_A_WORKBOOK: _("This is an Excel workbook. Please save the sheet as CSV (UTF-8)."),
        FileRefusal.NOT_UTF8: _("The line is not UTF-8. Please save the file as CSV (UTF-8)."),
        FileRefusal.HOLDS_NUL: _("The line holds a NUL character, so this is not a text file."),
        FileRefusal.NOT_CSV: _("The line is not valid CSV."),
        FileRefusal.LINE_TOO_LONG: _("The line is longer than %(limit_bytes)s bytes."),
        FileRefusal.HEADER_LACKS_COLUMN: _("The first line lacks this column."),
        FileRefusal.HEADER_REPEATS_COLUMN: _("The first line names this column twice."),
        FileRefusal.WRONG_NUMBER_OF_COLUMNS: _("The row has %(found)s columns instead of %(expected)s."),
        FileRefusal.ENDS_IN_MID_ROW: _("The file ends in the middle of this row. Please fetch the file again."),
        FileRefusal.TOO_MANY_ROWS_SET_ASIDE: _(
            "%(found)s rows up to here cannot be used, too many for a published list of this kind."
        ),
        FileRefusal.TOO_MANY_WOULD_VANISH: _(
            "%(found)s of %(known)s institutions are missing from this file; more than %(limit)s are not taken for "
            "closures. If the file is complete, import it again and state how many may be missing."
        ),
        FileRefusal.OLDER_THAN_REGISTER: _(
            "The file is of %(as_of)s, but the register is already of %(register_as_of)s."
        ),
        FileRefusal.TOO_MANY_CODES_WOULD_END: _(
            "%(found)s of %(known)s codes of %(name)s are missing from this file; more than %(limit)s are not taken "
            "for closures. If the file is complete, import it again and state how many may be missing."
        ),
        FileRefusal.MORE_CODES_WOULD_END_THAN_STATED: _(
            "%(found)s codes are missing from this file, more than the %(limit)s that were stated."
        ),
        FileRefusal.OLDER_THAN_CODES: _(
            "The file is of %(as_of)s, but the codes of its prefectures are already of %(codes_as_of)s."
        ),
        FileRefusal.DATE_UNKNOWN: _("The name of the file has no date. Please state as of which day the list is."),
        FileRefusal.CANCELLED: _("The import was cancelled. Nothing was changed."),
        FileRefusal.INTERRUPTED: _("The import was interrupted. Nothing was changed. Please start it again."),
    },
    RegisterRefusal: {
        RegisterRefusal.CODE_TAKEN: _("Another institution has the code %(code)s."),
        RegisterRefusal.BEDS_NEGATIVE: _("A number of beds is never negative."),
        RegisterRefusal.BEDS_DO_NOT_ADD_UP: _("The beds by type add up to %(sum)s, but the total is %(total)s."),
        RegisterRefusal.BEDS_IN_THE_FUTURE: _("The day %(as_of)s is in the future."),
        RegisterRefusal.CONTACT_NEEDS_A_WAY: _("Please give an e-mail address or a telephone number."),
        RegisterRefusal.CONTACT_ENDED_ALREADY: _("This contact is out of use already."),
        RegisterRefusal.LINK_EXISTS: _("This vendor is already linked for “%(service)s”."),
        RegisterRefusal.LINK_ENDED_ALREADY: _("This link has ended already."),
        RegisterRefusal.MUNICIPALITY_ELSEWHERE: _("The municipality code %(municipality)s is not in this prefecture."),
        RegisterRefusal.SECTOR_TOO_LARGE: _("A synthetic sector has between 1 and %(most)s institutions."),
        RegisterRefusal.SECTOR_EXISTS: _("A synthetic sector exists already."),
        RegisterRefusal.IMPORT_OVER: _("This import is over already."),
        RegisterRefusal.SAME_INSTITUTION: _("Please choose two different institutions."),
        RegisterRefusal.BOTH_LISTED: _("Both institutions are in the newest list, so they are not the same one."),
        RegisterRefusal.STILL_IN_USE: _("Other records still refer to the institution that would be absorbed."),
        RegisterRefusal.RENAMED_IN_THE_FUTURE: _("The day %(as_of)s is in the future."),
        RegisterRefusal.NETWORK_MALFORMED: _(
            "“%(text)s” is neither an address nor a network, such as 192.0.2.1 or 192.0.2.0/28."
        ),
        RegisterRefusal.NETWORK_NOT_PUBLIC: _(
            "%(network)s is private or reserved: many have it inside, and nobody is known by it."
        ),
        RegisterRefusal.NETWORK_TOO_WIDE: _(
            "%(network)s is wider than one institution has: at the most /%(widest)s can be entered."
        ),
        RegisterRefusal.NETWORK_ENTERED_ALREADY: _("%(network)s is entered already."),
        RegisterRefusal.NETWORKS_TOO_MANY: _("At the most %(most)s networks can be entered for an institution."),
        RegisterRefusal.NETWORK_ENDED_ALREADY: _("This network has ended already."),
    },
}
