"""The one page of the scratch site: a signed-in person writes into a thread."""

import json

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kiplatform.core.errors import NotFound
from kiplatform.realtime.bench import scenes


@csrf_exempt
@require_POST
def post(request: HttpRequest) -> JsonResponse:
    """Write {"thread", "item", "text"}, as a message is posted: sign-in, access, transaction."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "signed out"}, status=401)
    try:
        version = scenes.playing().post(request.user, **json.loads(request.body))
    except NotFound:
        return JsonResponse({"error": "not found"}, status=404)
    return JsonResponse({"version": version})


urlpatterns = [path("bench/post", post)]
