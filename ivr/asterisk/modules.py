"""The Asterisk 22 modules a call needs, in load order.

Some stand here only because another one silently needs them (res_speech for res_agi, res_http_websocket and
res_sorcery_astdb for res_pjsip): a missing module shows only as a warning in a call that then dies.
"""

MODULES = (
    # foundations
    "res_timing_timerfd", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_crypto",
    "res_http_websocket", "res_websocket_client", "res_geolocation", "res_pjproject",
    # SIP
    "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub", "res_pjsip_acl", "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id", "res_pjsip_diversion", "res_pjsip_dlg_options", "res_pjsip_dtmf_info",
    "res_pjsip_empty_info", "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user",
    "res_pjsip_header_funcs", "res_pjsip_nat", "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration", "res_pjsip_refer", "res_pjsip_registrar", "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp", "res_pjsip_transport_websocket", "res_rtp_asterisk", "res_srtp", "chan_pjsip",
    # sound
    "codec_ulaw", "codec_alaw", "codec_a_mu", "codec_resample", "format_wav", "format_pcm", "format_sln",
    "res_musiconhold",
    # bridges
    "bridge_simple", "bridge_native_rtp", "bridge_softmix", "bridge_holding", "bridge_builtin_features",
    "bridge_builtin_interval_features",
    # dialplan
    "pbx_config", "app_stack", "app_exec", "app_dial", "app_playback", "app_playtones", "app_bridgeaddchan",
    "app_userevent", "app_celgenuserevent", "app_softhangup", "app_record", "app_read", "app_db",
    "app_verbose", "app_directed_pickup", "app_channelredirect",
    "res_parking",
    "res_speech", "res_agi",
    "func_callerid", "func_channel", "func_cut", "func_db", "func_devstate", "func_dialplan", "func_global",
    "func_logic", "func_math", "func_strings", "func_timeout", "func_hangupcause", "func_groupcount",
    "func_env",     "func_pjsip_endpoint", "func_pjsip_aor", "func_pjsip_contact",
    # the journal
    "res_cdrel_custom", "cel_custom",
)  # fmt: skip
