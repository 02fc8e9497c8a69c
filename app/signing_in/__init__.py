"""Who comes in: local accounts or a sign-in service, and what stands between them and the pages.

passwords   argon2, one-time codes, which passwords are taken
lockout     how long wrong passwords lock a name
door        from a name and a password, or a cookie, to a visit: who it is and until when
service     the sign-in service (OpenID Connect, by Streamlit's own login)
wall        lets nothing of Streamlit through without a visit, also on an open connection
forms       the sign-in pages as markup
routes      /sign-in, /sign-in/password, /session
"""
