from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kiplatform.accounts"
    label = "accounts"
