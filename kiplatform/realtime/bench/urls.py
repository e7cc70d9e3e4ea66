"""The one page of the scratch site: a signed-in person writes into a thread."""

import json

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kiplatform.realtime.bench import board


@csrf_exempt
@require_POST
def post(request: HttpRequest) -> JsonResponse:
    """Write {"thread", "item", "text"}, as a message is posted: sign-in, access, transaction."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "signed out"}, status=401)
    message = json.loads(request.body)
    if not board.BoardChannel().authorise([request.user.pk], message["thread"]):
        return JsonResponse({"error": "not found"}, status=404)
    return JsonResponse({"version": board.post(**message)})


urlpatterns = [path("bench/post", post)]
