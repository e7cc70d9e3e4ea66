"""Accounts are made by the company, never by strangers."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: contacts and staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
