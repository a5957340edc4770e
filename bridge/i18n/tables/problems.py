"""The problem catalogue: each code, its HTTP status, what to do, and who can do it.

Codes are never renamed and never reused.
Source: *REST API conventions* 9.1 and 9.3, *Local API security* 20.
The sentences are in the language files beside this package, with the code as key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["request", "access", "card", "session", "remote", "daemon", "finding", "refusal"]
UserAction = Literal[
    "none", "insert_card", "remove_other_card", "connect_reader", "enter_pin", "confirm",
    "open_session", "correct_input", "wait", "retry", "update_daemon", "renew_certificate",
    "contact_insurer", "contact_vendor", "contact_support",
]  # fmt: skip
WhoCanFix = Literal["user", "front_end", "support", "insurer", "authority"]


@dataclass(frozen=True, kw_only=True)
class ProblemType:
    """One entry of the catalogue.

    Attributes:
        code: Stable name, ``snake_case``.
        status: HTTP status of a problem document with this code.
        user_action: What the user can do, from the closed list of *API conventions* 9.1.
        who_can_fix: Whose turn it is, from the closed list of *API conventions* 9.1.
        is_retryable: The same request, unchanged, may succeed later.
        family: What it is about; findings stand in ``errors[]``, refusals in ``refusals[]``.
    """

    code: str
    status: int
    user_action: UserAction
    who_can_fix: WhoCanFix
    is_retryable: bool
    family: Family


_Row = tuple[str, int, UserAction, WhoCanFix, bool]
"""A line of a table below: code, status, user action, who can fix it, is it retryable."""


_REQUEST: Final[tuple[_Row, ...]] = (
    ("request_target_invalid", 400, "contact_vendor", "front_end", False),
    ("request_framing_invalid", 400, "contact_vendor", "front_end", False),
    ("host_header_invalid", 400, "contact_vendor", "front_end", False),
    ("host_not_allowed", 421, "contact_vendor", "front_end", False),
    ("headers_too_large", 431, "contact_vendor", "front_end", False),
    ("content_too_large", 413, "contact_vendor", "front_end", False),
    ("unsupported_media_type", 415, "contact_vendor", "front_end", False),
    ("not_acceptable", 406, "contact_vendor", "front_end", False),
    ("json_invalid", 400, "contact_vendor", "front_end", False),
    ("secret_in_request", 422, "contact_vendor", "front_end", False),
    ("validation_failed", 422, "correct_input", "front_end", False),
    ("identifier_invalid", 422, "correct_input", "user", False),
    ("single_patient_only", 422, "contact_vendor", "front_end", False),
    ("registration_kind_unsupported", 409, "contact_support", "support", False),
    ("parameter_unknown", 400, "contact_vendor", "front_end", False),
    ("parameter_invalid", 400, "contact_vendor", "front_end", False),
    ("cursor_invalid", 400, "retry", "front_end", False),
    ("cursor_mismatch", 400, "retry", "front_end", False),
    ("cursor_expired", 410, "retry", "front_end", False),
    ("idempotency_key_missing", 400, "contact_vendor", "front_end", False),
    ("idempotency_key_invalid", 400, "contact_vendor", "front_end", False),
    ("idempotency_key_in_progress", 409, "wait", "front_end", True),
    ("idempotency_key_reused", 422, "contact_vendor", "front_end", False),
    ("not_found", 404, "none", "front_end", False),
    ("method_not_allowed", 405, "contact_vendor", "front_end", False),
    ("already_sent", 409, "none", "user", False),
    ("state_not_allowed", 409, "none", "user", False),
    ("already_linked", 409, "none", "user", False),
    ("agreement_missing", 409, "none", "user", False),
    ("steps_open", 409, "correct_input", "user", False),
    ("correction_exists", 409, "correct_input", "user", False),
    ("wait_do_not_resend", 409, "wait", "insurer", False),
    ("not_processed", 409, "correct_input", "user", False),
    ("duplicate_suspected", 409, "confirm", "user", False),
    ("not_submittable", 409, "correct_input", "user", False),
    ("views_full", 409, "correct_input", "user", False),
    ("export_too_large", 422, "correct_input", "user", False),
    ("export_passphrase_missing", 409, "correct_input", "user", False),
    ("retention_required", 409, "none", "user", False),
    ("retention_too_short", 422, "correct_input", "support", False),
    ("file_exists", 409, "correct_input", "user", False),
    ("operation_final", 409, "none", "user", False),
    ("precondition_required", 428, "contact_vendor", "front_end", False),
    ("precondition_failed", 412, "retry", "user", False),
    ("practice_in_use", 409, "correct_input", "user", False),
    ("scenario_unknown", 422, "correct_input", "front_end", False),
)

_ACCESS: Final[tuple[_Row, ...]] = (
    ("authentication_required", 401, "confirm", "front_end", False),
    ("token_invalid", 401, "confirm", "front_end", False),
    ("token_expired", 401, "confirm", "front_end", False),
    ("token_revoked", 401, "confirm", "front_end", False),
    ("dpop_required", 401, "contact_vendor", "front_end", False),
    ("dpop_proof_invalid", 401, "contact_vendor", "front_end", False),
    ("dpop_proof_replayed", 401, "contact_vendor", "front_end", False),
    ("pairing_pending", 409, "confirm", "user", True),
    ("pairing_denied", 403, "confirm", "user", False),
    ("pairing_blocked", 403, "confirm", "user", False),
    ("pairing_expired", 410, "retry", "user", False),
    ("pairing_consumed", 410, "contact_vendor", "front_end", False),
    ("pairing_code_wrong", 422, "correct_input", "user", False),
    ("signed_list_refused", 403, "contact_support", "support", False),
    ("client_kind_mismatch", 403, "contact_vendor", "front_end", False),
    ("token_origin_mismatch", 403, "contact_vendor", "front_end", False),
    ("insufficient_scope", 403, "confirm", "user", False),
    ("actor_not_allowed", 403, "confirm", "user", False),
    ("origin_not_allowed", 403, "confirm", "user", False),
    ("fetch_metadata_rejected", 403, "contact_vendor", "front_end", False),
    ("peer_user_mismatch", 403, "contact_support", "support", False),
    ("peer_unverified", 403, "retry", "support", True),
    ("program_unconfirmed", 403, "confirm", "user", True),
    ("volume_unusual", 409, "confirm", "user", False),
    ("open_uri_refused", 400, "contact_vendor", "front_end", False),
    ("rate_limited", 429, "wait", "front_end", True),
    ("stream_limit_reached", 429, "contact_vendor", "front_end", True),
    ("queue_full", 429, "wait", "front_end", True),
    ("pairing_paused", 403, "confirm", "user", True),
    ("stopped_by_user", 409, "confirm", "user", True),
    ("support_bundle_refused", 409, "confirm", "user", True),
)

_CARD: Final[tuple[_Row, ...]] = (
    ("reader_missing", 409, "connect_reader", "user", True),
    ("card_missing", 409, "insert_card", "user", True),
    ("card_removed", 409, "insert_card", "user", True),
    ("card_expired", 409, "contact_support", "authority", False),
    ("card_unsupported", 409, "remove_other_card", "user", False),
    ("card_unreadable", 409, "insert_card", "user", True),
    ("middleware_missing", 503, "contact_support", "support", False),
    ("pin_malformed", 422, "enter_pin", "user", False),
    ("pin_wrong", 409, "enter_pin", "user", True),
    ("card_pin_blocked", 409, "contact_support", "authority", False),
    ("pin_cancelled", 409, "enter_pin", "user", True),
    ("pin_timeout", 409, "enter_pin", "user", True),
    ("pin_entry_in_progress", 409, "enter_pin", "user", True),
    ("reader_removed", 409, "connect_reader", "user", True),
    ("reader_timeout", 409, "retry", "user", True),
    ("smartcard_service_stopped", 503, "contact_support", "support", True),
    ("card_in_use", 409, "retry", "user", True),
    ("card_exchanged", 409, "insert_card", "user", True),
    ("card_without_certificate", 409, "remove_other_card", "user", False),
    ("card_not_activated", 409, "contact_support", "authority", False),
    ("card_untrusted", 409, "remove_other_card", "user", False),
    ("card_data_invalid", 409, "contact_support", "authority", False),
    ("card_choice_needed", 409, "remove_other_card", "user", True),
    ("document_not_valid_today", 409, "none", "user", False),
    ("card_expiring", 409, "contact_support", "authority", True),
    ("middleware_crashed", 503, "contact_support", "support", True),
    ("middleware_wrong_bitness", 503, "contact_support", "support", False),
    ("middleware_cannot_sign", 503, "contact_support", "support", False),
    ("pin_required", 409, "enter_pin", "user", True),
    ("pin_last_try", 409, "confirm", "user", True),
    ("pin_paused", 429, "wait", "user", True),
    ("keypad_failed", 409, "retry", "user", True),
    ("keypad_bypass_refused", 409, "connect_reader", "user", True),
    ("prompt_unavailable", 409, "contact_support", "support", False),
)

_SESSION: Final[tuple[_Row, ...]] = (
    ("registration_missing", 409, "contact_support", "support", False),
    ("certificate_missing", 409, "contact_support", "user", False),
    ("certificate_expired", 409, "renew_certificate", "user", False),
    ("certificate_expiring", 409, "renew_certificate", "user", True),
    ("certificate_passphrase_wrong", 409, "correct_input", "user", False),
    ("certificate_unreadable", 409, "correct_input", "user", False),
    ("certificate_not_personal", 409, "correct_input", "user", False),
    ("ehealth_session_required", 409, "open_session", "user", True),
    ("ehealth_session_expired", 409, "open_session", "user", True),
    ("ehealth_session_withdrawn", 409, "open_session", "user", True),
    ("ehealth_session_refused", 409, "contact_support", "authority", False),
    ("actor_mismatch", 409, "remove_other_card", "user", False),
    ("care_provider_not_recognised", 409, "contact_support", "authority", False),
    ("clock_skew", 409, "contact_support", "user", True),
)

_REMOTE: Final[tuple[_Row, ...]] = (
    ("remote_unavailable", 503, "wait", "authority", True),
    ("remote_timeout", 504, "wait", "authority", False),
    ("remote_invalid_answer", 502, "contact_support", "authority", True),
    ("remote_refused", 422, "contact_support", "authority", False),
    ("tls_intercepted", 502, "contact_support", "support", False),
    ("signature_invalid", 502, "contact_support", "authority", True),
    ("certificate_untrusted", 502, "contact_support", "support", False),
    ("seal_unreadable", 502, "contact_support", "authority", True),
    ("seal_for_another_key", 502, "contact_support", "support", False),
    ("assertion_unsigned", 502, "contact_support", "authority", False),
    ("assertion_signature_invalid", 502, "contact_support", "authority", False),
    ("assertion_untrusted", 502, "contact_support", "support", False),
    ("assertion_expired", 502, "retry", "authority", True),
    ("assertion_foreign", 502, "contact_support", "authority", False),
    ("message_expired", 502, "retry", "authority", True),
    ("receipt_mismatch", 502, "wait", "authority", False),
    ("receipt_warning", 502, "none", "authority", False),
    ("answer_unreadable", 502, "wait", "insurer", True),
    ("answer_signature_invalid", 502, "contact_support", "authority", True),
    ("answer_flat_layout", 502, "none", "user", False),
    ("answer_overdue", 504, "contact_insurer", "insurer", False),
    ("answer_not_understood", 502, "contact_insurer", "insurer", False),
    ("answer_without_question", 502, "contact_support", "insurer", False),
)

_DAEMON: Final[tuple[_Row, ...]] = (
    ("daemon_too_old", 409, "update_daemon", "user", False),
    ("interrupted", 503, "retry", "user", True),
    ("shutting_down", 503, "wait", "user", True),
    ("storage_unavailable", 503, "contact_support", "support", True),
    ("storage_damaged", 503, "contact_support", "support", False),
    ("storage_foreign", 503, "contact_support", "support", False),
    ("secret_too_long", 422, "correct_input", "user", False),
    ("audit_log_broken", 503, "contact_support", "support", False),
    ("bundle_unmasked", 409, "contact_support", "support", False),
    ("backup_damaged", 422, "correct_input", "user", False),
    ("backup_foreign", 422, "correct_input", "user", False),
    ("backup_too_new", 409, "update_daemon", "user", False),
    ("backup_passphrase_wrong", 422, "correct_input", "user", False),
    ("backup_passphrase_short", 422, "correct_input", "user", False),
    ("backup_passphrase_differs", 422, "correct_input", "user", False),
    ("backup_exists", 409, "correct_input", "user", False),
    ("reference_data_invalid", 422, "correct_input", "user", False),
    ("daemon_running", 409, "correct_input", "user", True),
    ("storage_full", 503, "contact_support", "user", False),
    ("network_offline", 503, "retry", "user", True),
    ("storage_low", 503, "contact_support", "user", False),
    ("sending_delayed", 409, "open_session", "user", True),
    ("outcome_open", 409, "confirm", "user", False),
    ("key_store_unavailable", 503, "contact_support", "support", True),
    ("folder_unsafe", 503, "contact_support", "support", False),
    ("setting_invalid", 422, "correct_input", "support", False),
    ("settings_unreadable", 422, "correct_input", "support", False),
    ("setting_missing", 422, "correct_input", "support", False),
    ("already_running", 409, "none", "user", False),
    ("running_in_other_session", 409, "confirm", "user", True),
    ("backup_old", 409, "confirm", "user", True),
    ("reference_data_old", 409, "contact_vendor", "support", True),
    ("autostart_broken", 409, "contact_support", "user", True),
    ("autostart_twice", 409, "contact_support", "user", True),
    ("daemon_crashed", 503, "contact_support", "support", True),
    ("proxy_failed", 503, "contact_support", "support", True),
    ("port_taken", 503, "none", "user", False),
    ("ipv6_off", 503, "none", "support", False),
    ("start_variable_set", 503, "contact_support", "support", False),
    ("start_watched", 503, "contact_support", "support", False),
    ("start_elevated", 503, "contact_support", "support", False),
    ("installation_writable", 503, "contact_support", "support", False),
    ("installation_changed", 503, "contact_support", "support", False),
    ("updates_off", 409, "none", "support", False),
    ("update_unreachable", 503, "retry", "user", True),
    ("update_refused", 502, "contact_support", "support", False),
    ("update_missing", 409, "none", "user", False),
    ("rollback_not_permitted", 409, "contact_support", "support", False),
    ("update_postponed", 409, "wait", "user", True),
    ("update_by_hand", 409, "confirm", "user", False),
    ("update_available", 409, "update_daemon", "user", True),
    ("security_update_waiting", 409, "update_daemon", "user", True),
    ("signing_expiring", 409, "update_daemon", "support", True),
    ("signing_expired", 409, "update_daemon", "support", True),
    ("trust_store_failed", 503, "contact_support", "support", True),
    ("tls_unavailable", 503, "contact_support", "support", True),
    ("listener_unavailable", 503, "contact_support", "support", True),
    ("daemon_not_running", 503, "retry", "user", True),
    ("internal_error", 500, "contact_support", "support", False),
)

_FINDINGS: Final = (
    "member_unknown", "member_missing", "type_wrong", "value_not_allowed", "format_wrong",
    "out_of_range", "length_wrong", "niss_invalid", "nihii_invalid", "cbe_invalid",
    "mutuality_invalid", "membership_number_invalid", "patient_reference_incomplete",
    "patient_insurer_missing", "patient_twice", "month_in_future",
    "column_unknown", "rows_not_alike", "score_invalid",
    "date_invalid", "value_invalid", "period_reversed", "period_in_future",
    "period_too_far_in_past", "cbe_missing", "cbe_not_accepted",
    "group_number_missing", "group_number_invalid", "on_behalf_of_missing",
    "on_behalf_of_is_holder", "nurse_number_expected", "member_not_for_kind",
    "holder_card_not_allowed", "iban_invalid", "bic_invalid", "qualification_missing",
    "enterprise_number_missing", "invoicing_profile_missing",
)  # fmt: skip

_CARE_FINDINGS: Final[tuple[_Row, ...]] = (
    ("nurse_reference_invalid", 422, "correct_input", "user", False),
    ("requester_not_nurse", 422, "correct_input", "user", False),
    ("care_start_missing", 422, "correct_input", "user", False),
    ("sent_late", 422, "correct_input", "user", False),
    ("prescriber_unusual", 422, "correct_input", "user", False),
    ("scores_missing", 422, "correct_input", "user", False),
    ("care_kind_missing", 422, "correct_input", "user", False),
    ("care_kind_too_strong", 422, "correct_input", "user", False),
    ("care_kind_weaker", 422, "correct_input", "user", False),
    ("toilets_more_than_allowed", 422, "correct_input", "user", False),
    ("toilets_fewer_than_allowed", 422, "correct_input", "user", False),
    ("toilets_incomplete", 422, "correct_input", "user", False),
    ("toilets_unusual", 422, "correct_input", "user", False),
    ("visits_too_few", 422, "correct_input", "user", False),
    ("care_place_invalid", 422, "correct_input", "user", False),
    ("dementia_without_doctor", 422, "correct_input", "user", False),
    ("doctor_number_expected", 422, "correct_input", "user", False),
    ("period_too_long", 422, "correct_input", "user", False),
    ("agreement_number_not_expected", 422, "correct_input", "user", False),
    ("agreement_number_missing", 422, "correct_input", "user", False),
    ("agreement_number_invalid", 422, "correct_input", "user", False),
    ("agreement_unknown", 422, "correct_input", "user", False),
    ("care_end_missing", 422, "correct_input", "user", False),
    ("close_before_start", 422, "correct_input", "user", False),
    ("change_in_future", 422, "correct_input", "user", False),
    ("renewal_without_agreement", 422, "correct_input", "user", False),
    ("renewal_scores_differ", 422, "correct_input", "user", False),
    ("renewal_start_wrong", 422, "correct_input", "user", False),
    ("renewal_too_early", 422, "wait", "user", False),
    ("agreement_overlap", 422, "correct_input", "user", False),
    ("declaration_overlap", 422, "wait", "user", False),
    ("agreement_of_other_nurse", 422, "correct_input", "user", False),
    ("care_provider_missing", 422, "correct_input", "user", False),
    ("palliative_agreement_exists", 422, "correct_input", "user", False),
    ("palliative_waiting", 422, "wait", "user", False),
    ("nothing_to_send", 422, "correct_input", "user", False),
    ("product_invalid", 422, "correct_input", "user", False),
)

_INVOICE_REQUESTS: Final[tuple[_Row, ...]] = (
    ("sending_numbers_used_up", 409, "contact_support", "support", False),
    ("invoice_numbers_used_up", 409, "contact_support", "support", False),
    ("nothing_to_credit", 409, "correct_input", "user", False),
)

_BILLING_REQUESTS: Final[tuple[_Row, ...]] = (
    ("billing_adapter_unknown", 422, "correct_input", "support", False),
    ("billing_certificate_invalid", 422, "correct_input", "user", False),
    ("billing_certificate_expired", 409, "correct_input", "user", False),
    ("billing_certificate_expiring", 409, "renew_certificate", "user", True),
    ("billing_credentials_missing", 409, "correct_input", "user", False),
    ("billing_service_in_use", 409, "none", "user", False),
    ("billing_access_refused", 409, "contact_support", "support", False),
)

_BILLING_FINDINGS: Final[tuple[_Row, ...]] = (
    ("billing_pdf_invalid", 422, "correct_input", "user", False),
    ("billing_pdf_locked", 422, "correct_input", "user", False),
    ("billing_pdf_too_large", 422, "correct_input", "user", False),
    ("billing_pdf_too_many_pages", 422, "correct_input", "user", False),
    ("billing_pdf_too_complex", 422, "correct_input", "user", False),
    ("billing_reference_differs", 422, "correct_input", "user", False),
    ("billing_code_amount_differs", 422, "correct_input", "user", False),
    ("billing_move_impossible", 422, "contact_support", "authority", False),
    ("billing_state_unknown", 422, "contact_support", "authority", False),
    ("billing_state_missing", 422, "contact_support", "authority", False),
    ("billing_reminders_fewer", 422, "contact_support", "authority", False),
    ("billing_amount_differs", 422, "contact_support", "authority", False),
)
"""About the file of an invoice, and about what a billing service says of it later."""

_INVOICE_FINDINGS: Final[tuple[_Row, ...]] = (
    ("claim_empty", 422, "correct_input", "user", False),
    ("patient_without_niss", 422, "correct_input", "user", False),
    ("mutuality_is_union", 422, "correct_input", "user", False),
    ("mutuality_of_other_insurer", 422, "correct_input", "user", False),
    ("sex_unlike_niss", 422, "correct_input", "user", False),
    ("insured_codes_invalid", 422, "correct_input", "user", False),
    ("previous_invoice_wrong", 422, "correct_input", "user", False),
    ("reference_invalid", 422, "correct_input", "user", False),
    ("amount_too_large", 422, "correct_input", "user", False),
    ("act_code_invalid", 422, "correct_input", "user", False),
    ("act_code_unknown", 422, "correct_input", "user", False),
    ("act_code_not_in_force", 422, "correct_input", "user", False),
    ("act_in_future", 422, "correct_input", "user", False),
    ("act_after_month", 422, "correct_input", "user", False),
    ("act_too_old", 422, "correct_input", "user", False),
    ("provider_norm_wrong", 422, "correct_input", "user", False),
    ("assistant_missing", 422, "correct_input", "user", False),
    ("assistant_not_expected", 422, "correct_input", "user", False),
    ("act_code_of_other_day", 422, "correct_input", "user", False),
    ("code_unlike_place", 422, "correct_input", "user", False),
    ("institution_wrong", 422, "correct_input", "user", False),
    ("lump_sum_in_rest_home", 422, "correct_input", "user", False),
    ("norm_unlike_code", 422, "correct_input", "user", False),
    ("lump_sum_share_not_expected", 422, "correct_input", "user", False),
    ("prescription_missing", 422, "correct_input", "user", False),
    ("prescription_incomplete", 422, "correct_input", "user", False),
    ("prescription_after_act", 422, "correct_input", "user", False),
    ("prescription_too_old", 422, "correct_input", "user", False),
    ("prescription_not_expected", 422, "correct_input", "user", False),
    ("prescriber_norm_wrong", 422, "correct_input", "user", False),
    ("amount_sign_wrong", 422, "correct_input", "user", False),
    ("units_invalid", 422, "correct_input", "user", False),
    ("statistical_with_amount", 422, "correct_input", "user", False),
    ("amount_missing", 422, "correct_input", "user", False),
    ("amount_unlike_tariff", 422, "correct_input", "user", False),
    ("copayment_of_other_rate", 422, "correct_input", "user", False),
    ("waiver_with_copayment", 422, "correct_input", "user", False),
    ("lump_sum_incomplete", 422, "correct_input", "user", False),
    ("lump_sum_basic_acts_wrong", 422, "correct_input", "user", False),
    ("lump_sum_without_toilet", 422, "correct_input", "user", False),
    ("lump_sum_records_differ", 422, "correct_input", "user", False),
    ("lump_sum_provider_wrong", 422, "correct_input", "user", False),
    ("lump_sum_norm_wrong", 422, "correct_input", "user", False),
    ("lump_sum_assistants_wrong", 422, "correct_input", "user", False),
    ("palliative_assistant", 422, "correct_input", "user", False),
    ("lump_sum_shares_wrong", 422, "correct_input", "user", False),
    ("lump_sum_twice", 422, "correct_input", "user", False),
    ("act_in_lump_sum", 422, "correct_input", "user", False),
    ("act_with_palliative_lump_sum", 422, "correct_input", "user", False),
    ("supplement_without_visits", 422, "correct_input", "user", False),
    ("act_twice", 422, "correct_input", "user", False),
    ("act_already_invoiced", 422, "correct_input", "user", False),
    ("insurability_unchecked", 422, "correct_input", "user", False),
    ("patient_not_insured", 422, "correct_input", "user", False),
    ("mutuality_unlike_insurability", 422, "correct_input", "user", False),
    ("insured_codes_unlike_insurability", 422, "correct_input", "user", False),
    ("act_without_agreement", 422, "correct_input", "user", False),
    ("act_outside_agreement", 422, "correct_input", "user", False),
    ("act_stronger_than_agreement", 422, "correct_input", "user", False),
    ("identity_reading_missing", 422, "correct_input", "user", False),
    ("reading_within_lump_sum", 422, "correct_input", "user", False),
    ("reading_kind_wrong", 422, "correct_input", "user", False),
    ("reading_reason_wrong", 422, "correct_input", "user", False),
    ("reading_moment_wrong", 422, "correct_input", "user", False),
    ("reading_on_other_day", 422, "correct_input", "user", False),
    ("sticker_reason_wrong", 422, "correct_input", "user", False),
    ("sticker_without_contact", 422, "correct_input", "user", False),
    ("reading_serial_wrong", 422, "correct_input", "user", False),
    ("reference_twice", 422, "correct_input", "user", False),
    ("second_file_of_day", 422, "wait", "user", False),
    ("manual_readings_many", 422, "correct_input", "user", False),
    ("visits_out_of_range", 422, "correct_input", "user", False),
    ("visit_without_acts", 422, "correct_input", "user", False),
    ("settlement_act_unknown", 422, "correct_input", "user", False),
    ("settlement_invoice_unknown", 422, "correct_input", "user", False),
    ("settlement_amount_unexplained", 422, "contact_insurer", "insurer", False),
    ("settlement_total_differs", 422, "contact_insurer", "insurer", False),
    ("carried_act_paid", 422, "correct_input", "user", False),
)

_REFUSALS: Final[tuple[_Row, ...]] = (
    ("query_rejected", 422, "contact_vendor", "support", False),
    ("data_not_authorised", 422, "contact_support", "authority", False),
    ("patient_identification_invalid", 422, "correct_input", "user", False),
    ("period_not_accepted", 422, "correct_input", "user", False),
    ("contact_type_mismatch", 422, "correct_input", "user", False),
    ("patient_unknown", 422, "correct_input", "user", False),
    ("insurer_unknown", 422, "contact_insurer", "insurer", False),
    ("several_insurers", 422, "correct_input", "user", False),
    ("answer_partial", 422, "retry", "insurer", True),
    ("insurer_changed_in_period", 422, "correct_input", "user", False),
    ("periods_left_out", 422, "correct_input", "user", False),
    ("insurer_unavailable", 422, "retry", "insurer", True),
    ("refusal_not_known", 422, "contact_support", "support", False),
    ("warning_not_known", 422, "contact_support", "support", False),
)

_REFERENCE_FINDINGS: Final[tuple[_Row, ...]] = tuple(
    (code, 422, "correct_input", "user", False)
    for code in (
        "reference_file_unreadable",
        "reference_encoding_invalid",
        "reference_head_invalid",
        "reference_head_incomplete",
        "reference_columns_invalid",
        "reference_line_invalid",
        "reference_code_invalid",
        "reference_code_twice",
        "reference_amount_invalid",
        "reference_text_invalid",
        "reference_edition_twice",
    )
)
"""What is wrong with a line of an imported list."""


def _entries(family: Family, rows: tuple[_Row, ...]) -> dict[str, ProblemType]:
    return {
        code: ProblemType(
            code=code,
            status=status,
            user_action=user_action,
            who_can_fix=who_can_fix,
            is_retryable=is_retryable,
            family=family,
        )
        for code, status, user_action, who_can_fix, is_retryable in rows
    }


PROBLEMS: Final[dict[str, ProblemType]] = {
    **_entries("request", _REQUEST),
    **_entries("access", _ACCESS),
    **_entries("card", _CARD),
    **_entries("session", _SESSION),
    **_entries("remote", _REMOTE),
    **_entries("daemon", _DAEMON),
    **_entries("refusal", _REFUSALS),
    **_entries("finding", _CARE_FINDINGS),
    **_entries("finding", _INVOICE_FINDINGS),
    **_entries("finding", _REFERENCE_FINDINGS),
    **_entries("request", _INVOICE_REQUESTS),
    **_entries("request", _BILLING_REQUESTS),
    **_entries("finding", _BILLING_FINDINGS),
    **_entries(
        "finding",
        tuple((code, 422, "correct_input", "front_end", False) for code in _FINDINGS),
    ),
}
"""Every code with its entry."""
